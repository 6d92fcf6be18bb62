// Whose page this is. Every change names its author, so that one which was begun by somebody who has gone, here or in another window of this browser,
// is never made by whoever is signed in now.
const HEADER = 'X-Curbwatch-Person';
let name = '';

/** From now on changes are this person's. */
export function actAs(person: string): void {
  name = person;
}

export const author = (): string => name;

/** The header that names a change's author; none before anybody is known. */
export const named = (by: string): Record<string, string> => (by ? { [HEADER]: encodeURIComponent(by) } : {});
