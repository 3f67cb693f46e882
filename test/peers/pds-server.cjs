// Runs in a process of its own: Bluesky's own server and its directory of accounts, on loopback only.
// argv: the folder where the packages are installed, the port of the directory, the port of the server.
const { createRequire } = require('node:module');
const net = require('node:net');

// The packages listen on all interfaces; here nothing may be reached from outside.
const { prototype } = net.Server;
const unbound = Reflect.get(prototype, 'listen');
prototype.listen = function onLoopback(...args) {
  const [first, ...rest] = args;
  if (typeof first === 'number') return Reflect.apply(unbound, this, [{ port: first, host: '127.0.0.1' }, ...rest.filter((one) => typeof one === 'function')]);
  if (typeof first === 'object' && first !== null && 'port' in first) return Reflect.apply(unbound, this, [{ ...first, host: '127.0.0.1' }, ...rest]);
  return Reflect.apply(unbound, this, args);
};

const [folder, plcPort, pdsPort] = process.argv.slice(2);
const { TestPlc, TestPds } = createRequire(`${folder}/package.json`)('@atproto/dev-env');

async function main() {
  const plc = await TestPlc.create({ port: Number(plcPort) });
  await TestPds.create({ port: Number(pdsPort), hostname: 'localhost', didPlcUrl: plc.url, rateLimitsEnabled: true });
  process.send?.('ready');
}

process.on('disconnect', () => process.exit(0)); // never outlives the test
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
