// `npm run bench -- NAME [--backend postgres|redis] [--json]`: each figure of DESIGN §10 from one run. Figures as seen: docs/figures.md.
import '../kit/typescript.mjs';

const names = ['dispatch', 'lateness', 'spike', 'horizon', 'wipe', 'calendar', 'start', 'detector', 'notices', 'broadcast', 'drain', 'import'];
const [name] = process.argv.splice(2, 1);
if (!names.includes(name)) {
  process.stderr.write(`Say which figure: npm run bench -- ${names.join('|')} [--backend postgres|redis] [--json]\n`);
  process.exit(2);
}
await import(`./${name}.ts`);
