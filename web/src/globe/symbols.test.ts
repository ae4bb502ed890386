import assert from 'node:assert/strict';
import { it } from 'node:test';
import ms from 'milsymbol';
import { ALL_SIDCS } from './symbols.ts';

it('every symbol code is valid and says simulation', () => {
  for (const sidc of ALL_SIDCS) {
    assert.match(sidc, /^\d{20}$/);
    assert.equal(sidc[2], '2', `${sidc} has context ${sidc[2]}`);
    const symbol = new ms.Symbol(sidc);
    assert.equal(symbol.isValid(), true, sidc);
    assert.equal(symbol.getMetadata().context, 'Simulation', sidc);
  }
});
