// Checks an export of the case API without curbwatch: Node.js 20 or later and its standard library, nothing else. docs/evidence.md says what is checked.
//
//   unzip -q export.zip -d export && node check.mjs export city.pub
//
// city.pub: public keys from a source that you trust, one a line (BASE64 worker:NAME | api), or what the case API answers to GET /keys.
// Prints what fails, a line each, and then one line that says how much was checked. Exit status 0: nothing fails; 1: something does; 2: nothing was checked.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';

const [root, keyFile] = process.argv.slice(2);
function refuse(why) {
  console.error(`${why}\nusage: node check.mjs EXPORT KEYS   (the folder that an export was unpacked into, and a file of public keys from a source that you trust)`);
  process.exit(2);
}
if (process.argv.length !== 4) refuse('check.mjs: takes two arguments');
if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) refuse(`${root}: is no folder; unpack the export first`);
if (!statSync(keyFile, { throwIfNoEntry: false })?.isFile()) refuse(`${keyFile}: is no file`);
const faults = [];
const check = (good, what) => {
  if (!good) faults.push(what);
  return Boolean(good);
};

process.on('uncaughtException', (error) => {
  console.log(`${[...faults, `cannot be checked to its end: ${error.message}`].join('\n')}`);
  process.exit(1);
});

// RFC 8785: keys sorted by UTF-16 code units, numbers and text as JSON.stringify writes them.
const canonical = (v) =>
  Array.isArray(v) ? `[${v.map((item) => canonical(item))}]`
  : v && typeof v === 'object' ? `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`)}}`
  : JSON.stringify(v);
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hashOf = (document) => sha256(canonical(document));
const unsigned = ({ signature, ...rest }) => rest;

// Keys by their ids: the first 16 digits of the SHA-256 of the 32 raw bytes.
const keys = new Map();
function addKey(base64, role, name, until) {
  const raw = Buffer.from(base64, 'base64');
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  keys.set(sha256(raw).slice(0, 16), { role, name, until, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) });
}
const keyText = readFileSync(keyFile, 'utf8').trim();
if (keyText.startsWith('{')) {
  const told = JSON.parse(keyText);
  addKey(told.api.public_key, 'api');
  for (const one of told.workers) addKey(one.public_key, 'worker', one.name, one.revoked_at);
} else {
  for (const line of keyText.split('\n').map((text) => text.split('#')[0].trim()).filter(Boolean)) {
    const [, base64, role, name, until] = /^(\S+)\s+(worker|api)(?::\s*(.*?))?(?:\s+until=(\S+))?$/.exec(line) ?? [];
    if (role) addKey(base64, role, name, until);
    else check(false, `${keyFile}: "${line.slice(0, 60)}" does not say whose key it is: worker:NAME or api`);
  }
}
const signedBy = (role, document, signature, where, name) => signedHash(role, hashOf(document), signature, where, name);
function signedHash(role, hash, signature, where, name) {
  const known = keys.get(signature?.key_id);
  if (!known) return check(false, `${where}: signed by the key ${signature?.key_id}, which is not known`);
  check(known.role === role && (!known.name || !name || known.name === name), `${where}: signed by the key of ${known.role} ${known.name ?? ''}`);
  const good = signature.algorithm === 'ed25519-sha256' && verify(null, Buffer.from(hash, 'hex'), known.key, Buffer.from(signature.value, 'base64'));
  check(good, `${where}: the signature does not fit`);
}

// Every file that is here, and the list of those that should be.
const all = readdirSync(root, { withFileTypes: true, recursive: true }).filter((one) => !one.isDirectory());
for (const one of all) check(one.isFile(), `${one.name}: is a link, or no plain file; nothing is read through it`);
const files = all
  .filter((one) => one.isFile())
  .map((one) => `${(one.parentPath ?? one.path).slice(root.replace(/\/+$/, '').length + 1)}/${one.name}`.replace(/^\//, ''));
const here = new Set(files);
const bytes = (name) => readFileSync(`${root}/${name}`);
const json = (name) => JSON.parse(bytes(name));
function* linesOf(name) {
  const file = openSync(`${root}/${name}`);
  const piece = Buffer.alloc(2 ** 20);
  let rest = Buffer.alloc(0);
  for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) {
    rest = Buffer.concat([rest, piece.subarray(0, size)]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (end > 0) yield rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString();
  closeSync(file);
}
const { export: statement, signature, ...more } = json('export.json');
check(Object.keys(more).length === 0 && statement.schema === 'curbwatch.export/2', 'export.json: is no statement of an export');
signedBy('api', statement, signature, 'export.json');
check(here.has('SHA256SUMS') && sha256(bytes('SHA256SUMS')) === statement.files.sha256, 'SHA256SUMS: is not the list that export.json names');
const listed = new Map();
for (const line of linesOf('SHA256SUMS')) listed.set(line.slice(66), line.slice(0, 64));
for (const [name, sum] of listed) check(here.has(name) && sha256(bytes(name)) === sum, `${name}: is missing, or was changed`);
for (const name of files) {
  const stamps = name.endsWith('.tsr') && here.has(name.replace(/tsr$/, 'json')); // put there later; check it with `openssl ts -verify`
  check(listed.has(name) || stamps || ['export.json', 'SHA256SUMS'].includes(name), `${name}: nothing names it`);
}

// The log: each entry names the one before by its hash.
const log = new Map();
const records = new Map();
const received = new Map();
const entries = new Map(); // of receipts: the manifest that came, and the case that it came to
const { cases, since, until } = statement.selection;
const microseconds = (time) => { // BigInt, since a Date has milliseconds only
  const [, whole, fraction = '', zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  return BigInt(Date.parse(whole + zone)) * 1000n + BigInt(fraction.padEnd(6, '0'));
};
const [from, to] = [since, until].map((time) => (time ? microseconds(time) : null));
const inTime = (at) => (from === null || microseconds(at) >= from) && (to === null || microseconds(at) < to);
const gaps = []; // manifests of which the API wrote down that they had not come
const reached = []; // how many manifests chains had, as the API wrote down when heads came
const restores = []; // when backups were restored
const came = []; // when manifests came, by good receipts
if (statement.log) {
  let before = { index: 0, sum: null };
  for (const line of linesOf('log/log.jsonl')) {
    const entry = JSON.parse(line);
    const index = entry.log_index;
    const where = `log entry ${index}`;
    const restored = entry.event === 'restored' && entry.former_index === before.index && index > before.index;
    check(index === before.index + 1 || restored, `${where}: stands where ${before.index + 1} should`);
    if (entry.withheld) check(statement.log.withheld?.includes(index), `${where}: was taken out`);
    else check(entry.previous_sha256 === before.sum, `${where}: the one before it is another`);
    before = { index, sum: entry.withheld ? entry.sha256 : hashOf(entry) };
    log.set(index, before.sum);
    if (entry.record_sha256) records.set(index, entry.record_sha256);
    if (entry.event === 'chain_gap') gaps.push({ ...entry, filled: [] });
    if (entry.event === 'chain_filled') gaps.find((one) => one.log_index === entry.gap_index && one.key_id === entry.key_id)?.filled.push(entry);
    if (entry.event === 'worker_head') reached.push({ ...entry, at: entry.came_at, file: where });
    if (/^curbwatch\.receipt\/[23]$/.test(entry.schema)) {
      received.set(entry.manifest_sha256, { index, at: entry.received_at, to: entry.case_id });
      entries.set(index, { sum: entry.manifest_sha256, to: entry.case_id });
    }
    if (restored) restores.push(new Date(entry.at));
    if (restored) console.log(`note: a backup was restored at ${entry.at} (entry ${index}): what was logged between is not in the log any more`);
  }
  check(before.index === statement.log.last && before.sum === statement.log.sha256, 'log: does not end as export.json says');
  const after = statement.log.signed_after ?? null; // null: a version made it that signed no entries
  const signed = new Set();
  const lines = here.has('log/signatures.jsonl') ? linesOf('log/signatures.jsonl') : [];
  for (const line of lines) {
    const { log_index: index, key_id, value, ...rest } = JSON.parse(line);
    const known = after !== null && index > after && log.has(index) && !signed.has(index) && Object.keys(rest).length === 0;
    if (!check(known, `log/signatures.jsonl: signs entry ${index}, which is none, or is signed already`)) continue;
    signed.add(index);
    signedHash('api', log.get(index), { algorithm: 'ed25519-sha256', key_id, value }, `log entry ${index}`);
  }
  if (after !== null) for (const index of log.keys()) check(index <= after || signed.has(index), `log entry ${index}: is signed by nobody`);
  if (after !== 0) console.log(`note: entries of the log${after === null ? '' : ` up to ${after}`} are not signed one by one: the version that wrote them did not do that`);
}

// Packets: signature, receipt, files, and their places in their workers' chains.
const links = (statement.erased ?? []).map((one) => ({ ...one, sum: one.manifest_sha256 }));
const told = new Map(statement.packets.map((one) => [one.manifest_sha256, one]));
let count = 0;
for (const name of files.filter((one) => /^packets\/[^/]+\/manifest\.json$/.test(one))) {
  const folder = name.slice(0, -'manifest.json'.length);
  const { manifest, signature } = json(name);
  const sum = hashOf(manifest);
  const packet = told.get(sum);
  if (!check(packet, `${name}: is not among the packets that export.json names`)) continue;
  told.delete(sum);
  signedBy('worker', manifest, signature, name, manifest.worker.name);
  links.push({ worker: manifest.worker.name, key_id: signature.key_id, ...manifest.chain, sum });
  for (const file of manifest.files) {
    if (!here.has(folder + file.name)) check(packet.withheld.includes(file.name), `${folder}${file.name}: is missing`);
    else check(sha256(bytes(folder + file.name)) === file.sha256, `${folder}${file.name}: was changed`);
  }
  if (!check(here.has(`${folder}receipt.json`), `${folder}receipt.json: is missing`)) continue;
  const receipt = json(`${folder}receipt.json`);
  signedBy('api', unsigned(receipt), receipt.signature, `${folder}receipt.json`);
  check(receipt.manifest_sha256 === sum, `${folder}receipt.json: is for another manifest`);
  check(hashOf(unsigned(receipt)) === packet.receipt_sha256, `${folder}receipt.json: is not the one that export.json names`);
  if (statement.log) check(log.get(receipt.log_index) === packet.receipt_sha256, `${folder}receipt.json: is not entry ${receipt.log_index} of the log`);
  check(!cases || !receipt.case_id || cases.includes(receipt.case_id), `${folder}: came to the case ${receipt.case_id}, which was not asked for: it was moved`);
  came.push({ key_id: signature.key_id, index: manifest.chain.sequence, at: receipt.received_at, name: manifest.worker.name });
  // The API lowers to a lead (C) what is dated after it came, or long before. It does so for other reasons too, which only `evidence verify` tells.
  const ahead = (new Date(manifest.stay?.last_seen) - new Date(receipt.received_at)) / 1000;
  if (manifest.grade !== 'C' && manifest.clocks?.kind !== 'media' && (ahead > 300 || ahead < -366 * 24 * 3600))
    console.log(`note: ${folder}: claims grade ${manifest.grade}, bears C: its stay ends ${Math.abs(ahead)} s ${ahead > 0 ? 'after' : 'before'} it came`);
  const until = keys.get(signature.key_id)?.until;
  check(!until || new Date(receipt.received_at) < new Date(until), `${folder}: came after its worker's key was revoked (${until})`);
  count += 1;
}
for (const one of [...statement.packets, ...(statement.erased ?? [])]) received.delete(one.manifest_sha256);
for (const packet of told.values()) check(false, `packets/${packet.packet_id}: is missing`);
for (const name of files.filter((one) => /^given-up\/[^/]+\.json$/.test(one))) {
  const { manifest, signature, given_up: gone } = json(name);
  check(statement.given_up?.includes(name.slice('given-up/'.length, -'.json'.length)), `${name}: is not what export.json names`);
  check(gone.record.manifest_sha256 === hashOf(manifest) && gone.record.sequence === manifest.chain.sequence, `${name}: is of another packet`);
  check(signature.key_id === gone.signature.key_id, `${name}: is signed by two keys`);
  signedBy('worker', manifest, signature, name, manifest.worker.name);
  signedBy('worker', gone.record, gone.signature, name, gone.record.worker);
  links.push({ worker: manifest.worker.name, key_id: signature.key_id, ...manifest.chain, sum: hashOf(manifest) });
  received.delete(hashOf(manifest));
}
const places = new Map();
for (const link of links) {
  const place = `${link.key_id} ${link.sequence}`;
  check((places.get(place)?.sum ?? link.sum) === link.sum, `chain ${place}: two manifests have this number`);
  places.set(place, link);
}
for (const link of links) {
  const before = places.get(`${link.key_id} ${link.sequence - 1}`);
  check(!before || before.sum === link.previous_sha256, `chain ${link.key_id} ${link.sequence}: the manifest before it is another`);
}

// Heads of the log and of workers' chains, and records of deletion.
const asked = [cases, since, until].some((one) => one !== null && one !== undefined);
const chains = new Map(); // the heads of workers, by their keys
for (const name of files.filter((one) => /^heads\/(workers\/[^/]+\/)?[^/]+\.json$/.test(one))) {
  const { head, signature } = json(name);
  check(head.key_id === signature.key_id, `${name}: names another key than the one that signed it`);
  signedBy(head.chain === 'log' ? 'api' : 'worker', head, signature, name, head.name);
  if (head.chain === 'log') check(log.get(head.index) === head.sha256, `${name}: entry ${head.index} is another, or is missing`);
  else chains.set(head.key_id, [...(chains.get(head.key_id) ?? []), { ...head, file: name }]);
}
for (const one of reached) if (!chains.has(one.key_id)) chains.set(one.key_id, []);
for (const [key, heads] of chains) {
  const mine = (all) => all.filter((one) => one.key_id === key);
  const beside = mine(reached).filter((one) => !heads.some((head) => head.index === one.index && head.sha256 === one.sha256));
  for (const { file, index, sha256: sum } of [...heads, ...beside]) {
    const held = places.get(`${key} ${index}`)?.sum;
    check((held ?? sum) === sum, `${file}: manifest ${index} is another: the chain was rewritten`);
    check(held || (places.get(`${key} ${index + 1}`)?.previous_sha256 ?? sum) === sum, `${file}: manifest ${index} is another: the next one follows it`);
    check(!beside.some((one) => one.index === index && one.sha256 !== sum), `${file}: manifest ${index} has another hash in the log: the chain was forked`);
  }
  // Of everything (a selection leaves packets out), what a head counts is here, or the log says that it had not come. A day is for what may be on its way,
  // by the API's clock: since the head came, as the log has it. Only where no head of the chain is in the log the head's own time counts, which is its worker's,
  // and then not while something that it counts came within the day. Nothing by a revoked key was taken; one that went on with another's chain counts what is
  // not its own.
  const isOld = (one) => new Date(statement.made_at) - new Date(one.at) > 24 * 3600e3;
  // Every export with the log writes down first how far each chain reached, so a head of more than a day ago that counts more was kept from the log; but for
  // one of before a restore. Its time is its worker's, whose clock was so far behind when the last one came.
  const furthest = Math.max(...mine(reached).map((one) => one.index));
  const behind = Math.max(0, new Date(mine(reached).at(-1)?.at) - new Date(mine(reached).at(-1)?.head_at));
  const toldAt = (one) => new Date(new Date(one.at).getTime() + behind);
  const late = heads.filter((one) => one.index > furthest && isOld({ at: toldAt(one) }) && !restores.some((at) => toldAt(one) <= at));
  const hidden = mine(reached).length && !keys.get(key)?.until ? late.sort((x, y) => x.index - y.index)[0] : undefined;
  check(!hidden, `${hidden?.file}: counts ${hidden?.index}, and the log has no head beyond ${furthest}`);
  const fresh = mine(came).reduce((least, one) => (isOld(one) ? least : Math.min(least, one.index)), Infinity);
  const words = mine(reached).length ? mine(reached) : heads.filter((one) => one.index < fresh);
  const old = words.concat(mine(came)).filter(isOld).sort((x, y) => y.index - x.index)[0];
  if (asked || !statement.log || !old || keys.get(key)?.until) continue;
  const by = heads.filter((one) => one.index >= old.index).sort((x, y) => x.index - y.index)[0]?.file ?? 'log/log.jsonl';
  const own = mine(links).map((one) => [one.sequence, one.sequence]);
  const worker = old.worker ?? old.name;
  const others = [...links, ...reached, ...[...chains.values()].flat()].some((one) => (one.worker ?? one.name) === worker && one.key_id !== key);
  const known = [...own, ...mine(gaps).map((one) => [one.first, one.last]), [old.index + 1, Infinity]];
  let next = others ? own.reduce((least, [one]) => Math.min(least, one), Infinity) : 1;
  for (const [first, last] of known.sort((x, y) => x[0] - y[0])) {
    check(next >= first || next > old.index, `${by}: counts ${old.index}, but manifests ${next} to ${Math.min(first - 1, old.index)} are missing`);
    next = Math.max(next, last + 1);
  }
}
// What the log calls missing and later come is here: all of it but for those that had not come by then.
for (const { key_id, first, last, log_index, filled } of asked ? [] : gaps) {
  const here = new Set(links.filter((one) => one.key_id === key_id && one.sequence >= first && one.sequence <= last).map((one) => one.sequence));
  const good = last - first + 1 - here.size <= (filled.at(-1)?.left ?? Infinity) && filled.every((one) => here.has(one.last_filled));
  check(good, `log entry ${log_index}: of the manifests ${first} to ${last} some came after all (chain_filled), and are not here`);
}
const deleted = new Map();
for (const name of files.filter((one) => /^erasures\/[^/]+\.json$/.test(one))) {
  const { record, signature } = json(name);
  const index = Number(name.split('-').at(-1).slice(0, -'.json'.length));
  signedBy('api', record, signature, name);
  check(name === `erasures/${record.case_id}-${index}.json`, `${name}: is of another case`);
  if (statement.log) check(records.get(index) === hashOf(record), `${name}: is not what entry ${index} of the log names`);
  deleted.set(name.slice('erasures/'.length, -'.json'.length), new Set(record.packets.map((one) => one.manifest_sha256)));
  for (const { receipt_log_index: at, manifest_sha256: sum } of record.packets) {
    const entry = entries.get(at);
    check(!entry || entry.sum === sum, `${name}: deletes a packet as that of log entry ${at}, which received another manifest`);
    check(!entry?.to || entry.to === record.case_id, `${name}: deletes a packet that came to the case ${entry?.to} (log entry ${at}): it was moved`);
  }
}
for (const one of statement.erased ?? []) check(deleted.get(one.erasure)?.has(one.manifest_sha256), `packets/${one.packet_id}: no record says that it was deleted`);
// What the log received within what was asked for is here, or was deleted. Entries of before receipts named the case do not say of which case a packet is.
const left = [...received].filter(([, { at }]) => inTime(at));
for (const [sum, { index }] of left.filter(([, { to }]) => !cases || cases.includes(to))) check(false, `log entry ${index}: received the manifest ${sum.slice(0, 12)}…, which is neither here nor deleted`);
if (received.size > left.length) console.log(`note: ${received.size - left.length} packets of the log came at another time than was asked for`);
const unknown = left.filter(([, { to }]) => !to).length;
if (cases && unknown > 0) console.log(`note: ${unknown} packets of the log are not here, and no entry says of which case they are`);
if (asked && chains.size > 0) console.log("note: what workers' heads count was not looked for in a selection of packets");
for (const [folder, names] of Object.entries({ heads: statement.heads, erasures: statement.erasures, 'given-up': statement.given_up }))
  for (const name of names ?? []) check(here.has(`${folder}/${name}.json`), `${folder}/${name}.json: is missing`);

for (const fault of faults) console.log(fault);
const made = `made at ${statement.made_at} by ${statement.by} for ${statement.purpose}`;
console.log(`${count} packets, ${log.size} entries of the log, ${listed.size} files; ${made}: ${faults.length === 0 ? 'nothing fails' : `${faults.length} faults`}`);
process.exit(faults.length === 0 ? 0 : 1);
