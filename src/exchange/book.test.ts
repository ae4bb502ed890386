import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { AgreementBook } from './book.ts';
import { testAgreements } from './testing/exchange.ts';

const us = (iso: string): number => isoToUs(iso)!;

test('the notice of 2019 taking effect: an appended event is a branch of history and drops what the file tells later', () => {
  const book = new AgreementBook(testAgreements);
  assert.equal(book.state('gsomia-2016', us('2024-01-01')), 'inForce');
  assert.equal(book.linkAllowed('KOR', 'JPN', us('2024-01-01')), true);
  book.append('gsomia-2016', { timeUs: us('2019-11-01'), event: 'noted' });
  assert.equal(book.state('gsomia-2016', us('2019-11-22')), 'notice');
  assert.equal(book.state('gsomia-2016', us('2024-01-01')), 'ended');
  assert.equal(book.linkAllowed('KOR', 'JPN', us('2024-01-01')), false);
  assert.equal(book.linkAllowed('KOR', 'HUB', us('2024-01-01')), true);
  assert.equal(book.linkAllowed('KOR', 'USA', us('2024-01-01')), false);
});

test('each event starts an epoch; one that contradicts what stands is refused and changes nothing', () => {
  const book = new AgreementBook(testAgreements);
  const told: string[] = [];
  book.onEvent((id, e) => told.push(`${id} ${e.event}`));
  book.append('tisa-2014', { timeUs: us('2024-01-01'), event: 'suspended' });
  const refused = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_AGREEMENT';
  assert.throws(() => book.append('tisa-2014', { timeUs: us('2024-01-02'), event: 'suspended' }), refused);
  assert.throws(() => book.append('nato', { timeUs: us('2024-01-02'), event: 'suspended' }), refused);
  assert.deepEqual(
    [book.epoch, told, book.state('tisa-2014', us('2024-02-01'))],
    [1, ['tisa-2014 suspended'], 'suspended'],
  );
  assert.equal(
    new AgreementBook(testAgreements).state('tisa-2014', us('2024-02-01')),
    'inForce',
    'the file is as it was',
  );
});
