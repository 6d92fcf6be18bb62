import { expect, it } from 'vitest';
import { intentOf, type Mode } from './keys';

it.each<[string, Mode, unknown, string]>([
  ['A', 'look', { do: 'accept' }, 'capitals are the same keys'],
  ['3', 'look', { do: 'picture', index: 3 }, 'digits show pictures while looking'],
  ['3', 'reject', { do: 'choose', index: 2 }, 'and choose a reason while rejecting'],
  ['0', 'reject', null, 'no tenth reason'],
  ['0', 'kind', { do: 'turn' }, 'but there are more than nine kinds'],
  ['9', 'kind', { do: 'choose', index: 8 }, 'the ninth of those that are shown'],
  ['6', 'look', { do: 'picture', index: 6 }, 'the sixth is the empty place'],
  ['9', 'look', null, 'no ninth picture'],
  ['ArrowLeft', 'look', { do: 'step', by: -1 }, 'arrows step'],
  ['x', 'look', null, 'other keys do nothing'],
])('%s while in %s', (key, mode, intent) => expect(intentOf(key, mode)).toEqual(intent));

it.each<[string, Mode, string]>([
  ['!', 'look', 'Digit1'],
  ['1', 'look', 'Digit1'],
  ['1', 'reject', 'Digit1'],
])('shift and a digit (%s while in %s) rejects at once', (key, mode, code) => expect(intentOf(key, mode, code, true)).toEqual({ do: 'reject', index: 0 }));
