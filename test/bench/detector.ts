import { parseArgs } from 'node:util';
import { flapTransitions, recoveryNoticed } from './detector-recovery.js';
import { signalsPerSecond } from './detector-speed.js';
import { ownNetwork, tenantStorms } from './detector-storms.js';
import { quietYears } from './detector-years.js';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, years: { type: 'string', default: '10' }, storms: { type: 'string', default: '1600' }, offline: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } } });
const [years, storms, offline, seed] = [values.years, values.storms, values.offline, values.seed].map(Number) as [number, number, number, number];
if (![years, storms, offline, seed].every((value) => Number.isInteger(value) && value > 0)) {
  process.stderr.write('--years, --storms, --offline and --seed are whole numbers from 1 up.\n');
  process.exit(2);
}

const sizes = { tenants60: { postsPerDay: 2_000, tenants: 60, clients: 5 }, agency: { postsPerDay: 30, tenants: 1, clients: 12 }, sixADay: { postsPerDay: 6, tenants: 1, clients: 5 } };
const began = performance.now();
const said = <T>(what: string, value: T): T => {
  process.stderr.write(`${Math.round((performance.now() - began) / 1_000)} s ${what} ${JSON.stringify(value)}\n`);
  return value;
};

const speed = said('signals per second', signalsPerSecond(500_000, seed));
const flaps = said('flaps', Math.max(flapTransitions(sizes.tenants60, 10, seed), flapTransitions(sizes.agency, 10, seed)));
const noticed = {
  tenants60: said('recovery, 60 tenants', recoveryNoticed(sizes.tenants60, 120, seed)),
  agency: said('recovery, agency', recoveryNoticed(sizes.agency, 240, seed)),
  nothingHeld: said('recovery, nothing held', recoveryNoticed({ postsPerDay: 1, tenants: 1, clients: 5 }, 300, seed)),
};
const sixADay = said('six posts a day', quietYears(sizes.sixADay, years, seed));
const agency = said('agency', quietYears(sizes.agency, years, seed));
const network = said('own network', ownNetwork(offline, seed));
const tenants = said('storms', tenantStorms(storms, seed));
const tenants60 = said('60 tenants', quietYears(sizes.tenants60, years, seed));

const result = {
  bench: 'detector', seed, years,
  falseDownsPerComponentYear: Math.max(...[tenants60, agency, sixADay].map((one) => one.falseDownsPerComponentYear ?? Number.POSITIVE_INFINITY)),
  falseDownOverMs: { p95: Math.max(...[tenants60, agency, sixADay].map((one) => one.overMs.p95 ?? 0)) },
  quiet: { tenants60, agency, sixADay }, tenantStorms: tenants, ownNetwork: network, flapTransitions: flaps, recoveryNoticedMs: noticed, signalsPerSecond: speed,
  wanted: { falseDownsPerComponentYear: 4, falseDownOverMs: { p95: 180_000 }, tenantStorms: 0.005, ownNetwork: 0, flapTransitions: 7, recoveryNoticedMs: { p95: 180_000 }, signalsPerSecond: 100_000 },
};
process.stdout.write(`${values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
