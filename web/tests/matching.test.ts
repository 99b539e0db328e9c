import { expect, test } from 'vitest';
import { matching, type Option } from '../src/lib/matching';

const options: Option[] = [
  { code: 'fire', label: 'Kebakaran', also: ['Fire'] },
  { code: 'fire.forest', label: 'Kebakaran hutan dan lahan', also: ['Forest fire'] },
  { code: 'rescue.animal', label: 'Evakuasi hewan', also: ['Animal rescue'] },
  { code: 'medical', label: 'Gawat darurat medis', also: ['Medical emergency'] },
];
const codes = (typed: string) => matching(options, typed).map(({ code }) => code);

test('nothing typed shows all of them, in their order', () => {
  expect(codes('  ')).toEqual(options.map(({ code }) => code));
});

test('words are found where they begin, in either language', () => {
  expect(codes('keb')).toEqual(['fire', 'fire.forest']);
  expect(codes('hut keb')).toEqual(['fire.forest']);
  expect(codes('animal')).toEqual(['rescue.animal']);
  expect(codes('medis')).toEqual(['medical']);
});

test('what begins with the word comes before what only has it', () => {
  expect(codes('e')).toEqual(['rescue.animal', 'medical', 'fire', 'fire.forest']);
});

test('accents and case make no difference, and nothing matches nonsense', () => {
  expect(codes('KÉBAKARAN')).toEqual(['fire', 'fire.forest']);
  expect(codes('xyz')).toEqual([]);
});
