import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { DataSource } from 'typeorm';
import { ZodError } from 'zod';
import { operator, rotateKey, runDoctor, withDatabaseUrl, withPeople, withSchema } from './command-house.js';
import { moneyIn } from './core/money.js';
import { Instant, INSTANT_EXPECTED, type WhatIf, WhatIfAsk } from './features/drill/what-if.schema.js';
import { breakages, scenarios } from './features/drill/drill.schema.js';
import { exportLibrary, importLibrary } from './command-library.js';
import { ArmingPlanService } from './features/posts/arming-plan.service.js';
import { InstallationService } from './features/workspaces/installation.service.js';
import { OperatorService } from './features/workspaces/operator.service.js';
import { makeBackup } from './infra/backup/backup.js';
import { restoreBackup } from './infra/backup/restore.js';
import { ConfigError } from './infra/config.js';
import { loadConfig } from './infra/environment.js';
import { type RoleName, roleNames, scopeNames } from './infra/http/access.js';
import { DomainError } from './infra/http/problem.js';
import { readInstallation } from './infra/installation.js';
import { scrub } from './infra/scrub.js';
import { ask, isTerminal, table } from './infra/terminal.js';
import { version } from './infra/version.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-');
const minute = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');

const program = new Command('postern').version(version).description('Commands for whoever runs this Postern. Started with npm: npm run postern -- COMMAND').showHelpAfterError();
const command = (parent: Command, line: string, does: string, example: string): Command =>
  parent.command(line).description(does).addHelpText('after', `\nExample:\n  npm run postern -- ${example}`);
const people = <T>(act: (operators: OperatorService) => Promise<T>): Promise<T> => withPeople(loadConfig(), say, (house) => act(house.get(OperatorService, { strict: false })));

command(program, 'doctor', 'look at everything Postern stands on; each line green, or with its remedy', 'doctor')
  .option('--json', 'one JSON object instead of lines')
  .action(async ({ json }: { json?: true }) => {
    const findings = await runDoctor(loadConfig(), say);
    const isRed = findings.some(({ colour }) => colour === 'red');
    if (json) print(scrub(JSON.stringify({ ok: !isRed, findings })));
    else print(table(findings.map(({ name, colour, says, remedy }) => [paint(colour), name, scrub(remedy === undefined ? says : `${says} ${remedy}`)])));
    if (isRed) process.exitCode = 1;
  });

command(program, 'arm', 'let a paused installation go on, after showing what that means', 'arm')
  .option('--yes', 'do not ask')
  .action(async ({ yes }: { yes?: true }) => {
    await withPeople(loadConfig(), say, async (house) => {
      const database = house.get(DataSource, { strict: false });
      const paused = (await readInstallation(database))?.paused ?? null;
      if (paused === null) return print('Postern is not paused: there is nothing to arm.');
      await showPlan(new ArmingPlanService(database), paused.reason);
      if (!yes && !isTerminal()) throw new ConfigError('Nobody can be asked here: look at the list above and run it again with --yes.');
      if (!yes && !/^(y|yes|s|si|sì)$/i.test((await ask('Let it go on? [y/N] ')).trim())) return print('It stays paused.');
      await house.get(InstallationService, { strict: false }).arm(operator());
      print('Armed. What is late waits in the review list for a person; the rest goes out at its time.');
    });
  });

command(program, 'backup [FILE]', 'database, media and key in one file, read back before it says done; while Postern runs or not', 'backup /mnt/usb/postern.tar.gz')
  .action(async (file: string | undefined) => {
    const config = loadConfig();
    const path = file === undefined ? join(config.DATA_DIR, 'backups', `postern-${stamp()}.tar.gz`) : resolve(file);
    const made = await withDatabaseUrl(config, say, (databaseUrl) =>
      makeBackup({ databaseUrl, dataDir: config.DATA_DIR, secretIsOutside: config.APP_SECRET !== undefined, media: true }, path));
    if (made.missingMedia.length > 0) say(`Files of ${made.missingMedia.length} media are gone from the disk, so they are not in it: ${made.missingMedia.slice(0, 5).join(', ')}`);
    print(`${made.path}: ${made.rows} rows and ${made.media} media in ${made.bytes < 1e6 ? `${Math.ceil(made.bytes / 1e3)} kB` : `${(made.bytes / 1e6).toFixed(1)} MB`}, read back and found whole.`);
    print(made.keyInside ? 'It holds the key to your channels: keep it where secrets are kept, and on another machine than this.' : 'The key is not in it, because APP_SECRET is set: keep APP_SECRET apart from it, and keep both.');
  });

command(program, 'restore FILE', 'put a backup in the place of what is here, while Postern is stopped; it then starts paused', 'restore /mnt/usb/postern.tar.gz')
  .option('--replace', 'also where there is a Postern already; what is there is backed up first')
  .option('--without-copy', 'do not back it up first')
  .action(async (file: string, { replace = false, withoutCopy = false }: { replace?: boolean; withoutCopy?: boolean }) => {
    const config = loadConfig();
    const restored = await restoreBackup({
      file: resolve(file), dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL, secret: config.APP_SECRET, redisUrl: config.REDIS_URL,
      replace, copyFirst: !withoutCopy, now: new Date(),
    }, say);
    if (restored.copy !== null) print(`What was here lies in ${restored.copy} (its media stay where they are).`);
    print(`Restored as it was on ${minute(new Date(restored.manifest.madeAt))} UTC: ${restored.rows} rows.`);
    print('It starts paused, because it does not know what went out since then. Next: npm start, look at what is due, then npm run postern -- arm');
  });

const user = program.command('user').description('people, by their e-mail');
command(user, 'add EMAIL', 'make an account and show the link that signs its owner in', 'user add anna@example.org --name "Anna Rossi" --workspace "My agency" --role editor')
  .requiredOption('--name <name>', 'as others see it')
  .option('--workspace <workspace>', 'its name or id')
  .option('--role <role>', roleNames.join(', '), 'editor')
  .option('--operator', 'also an operator of this installation')
  .action(async (email: string, { name, workspace, role, operator: too }: { name: string; workspace?: string; role: string; operator?: true }) => {
    print(`Hand this link over; it works once, within 72 hours:\n  ${await people((here) => here.addUser(operator(), { email, name, workspace, role: role as RoleName, operator: too ?? false }))}`);
  });
command(user, 'list', 'who there is', 'user list').action(async () => {
  const all = await people((here) => here.listUsers());
  print(table([['E-MAIL', 'NAME', 'MEMBER', 'LAST SEEN', ''], ...all.map((one) => [
    one.email, one.name, one.memberships.join(', ') || '-', one.seenAt ? minute(one.seenAt) : 'never', [one.operator && 'operator', one.disabled && 'DISABLED'].filter(Boolean).join(', '),
  ])]));
});
command(user, 'password EMAIL', 'set a password (typed here, or the first line handed in) and end their sessions', 'user password anna@example.org').action(async (email: string) => {
  const password = await ask('New password (at least 12 characters): ', { hidden: true });
  await people((here) => here.setPassword(email, password));
  print('Set; whoever was signed in as them no longer is.');
});
command(user, 'sign-in-link EMAIL', 'a link that signs them in once, within 15 minutes', 'user sign-in-link anna@example.org').action(async (email: string) =>
  print(await people((here) => here.signInLink(operator(), email))));
command(user, 'operator EMAIL', 'make somebody an operator of this installation, or take that right', 'user operator anna@example.org')
  .option('--off', 'take the right')
  .action(async (email: string, { off }: { off?: true }) => {
    await people((here) => here.setOperator(operator(), email, !off));
    print(off ? `${email} is no operator any more.` : `${email} is an operator.`);
  });
command(user, 'disable EMAIL', 'shut somebody out at once; keys they made go on', 'user disable anna@example.org')
  .option('--undo', 'let them in again')
  .action(async (email: string, { undo }: { undo?: true }) => {
    await people((here) => here.setDisabled(operator(), email, !undo));
    print(undo ? `${email} may sign in again.` : `${email} is shut out.`);
  });

const key = program.command('key').description('keys for programs, and the key that seals credentials');
command(key, 'add NAME', 'make an API key; it is shown this once', 'key add "Newsroom import" --workspace "My agency" --scopes posts:read,posts:write')
  .requiredOption('--workspace <workspace>', 'its name or id')
  .requiredOption('--scopes <scopes>', `out of ${scopeNames.join(', ')}`)
  .option('--by <email>', 'in whose name; the first operator if left out')
  .action(async (name: string, { workspace, scopes, by }: { workspace: string; scopes: string; by?: string }) => {
    const { token } = await people((here) => here.addKey(operator(), workspace, { name, scopes: scopes.split(',').map((scope) => scope.trim()), by }));
    print(token);
  });
command(key, 'list', 'the API keys of a workspace', 'key list --workspace "My agency"').requiredOption('--workspace <workspace>', 'its name or id').action(async ({ workspace }: { workspace: string }) => {
  const all = await people((here) => here.listKeys(workspace));
  print(table([['ID', 'NAME', 'ENDS IN', 'SCOPES', ''], ...all.map((one) => [one.id, one.name, one.hint, one.scopes.join(','), one.revokedAt === null ? (one.usedAt ?? 'never used') : 'REVOKED'])]));
});
command(key, 'revoke ID', 'end an API key at once', 'key revoke 0192f0c1-… --workspace "My agency"').requiredOption('--workspace <workspace>', 'its name or id').action(async (id: string, { workspace }: { workspace: string }) => {
  await people((here) => here.revokeKey(operator(), workspace, id));
  print('Revoked.');
});
command(key, 'rotate', 'seal every credential with a new key, while Postern is stopped', 'key rotate')
  .option('--old-secret-file <file>', 'the old key, where APP_SECRET is the new one')
  .action(async ({ oldSecretFile }: { oldSecretFile?: string }) => {
    const { keyId, changed } = await rotateKey(loadConfig(), oldSecretFile === undefined ? undefined : resolve(oldSecretFile), say);
    print(`${changed} sealed rows changed to the key ${keyId}. Older backups hold, or need, the old key; make a new one: npm run postern -- backup`);
  });

const instant = (written: string): string => {
  if (Instant.safeParse(written).success) return written;
  throw new InvalidArgumentError(`It ${INSTANT_EXPECTED.en}.`);
};
command(program, 'what-if', 'what would become of the calendar if platforms were down; sends nothing', 'what-if --workspace "My agency" --platforms mastodon,bluesky --from 2031-03-04T10:00+01:00 --to 2031-03-04T18:00+01:00')
  .requiredOption('--workspace <workspace>', 'its name or id')
  .requiredOption('--platforms <platforms>', 'which would be down')
  .requiredOption('--from <instant>', 'since when, with offset', instant)
  .requiredOption('--to <instant>', 'back from then on', instant)
  .option('--json', 'one JSON object instead of lines')
  .action(async ({ workspace, platforms, json, ...stretch }: { workspace: string; platforms: string; from: string; to: string; json?: true }) => {
    const asked = WhatIfAsk.parse({ connectorIds: platforms.split(',').map((one) => one.trim()), ...stretch });
    const { whatIf } = await import('./command-what-if.js'); // the whole house: no other command waits for it to be read
    const config = loadConfig();
    const answer = await withSchema(config, say, (url) => whatIf(config, url, { workspace, ...asked }));
    if (json) return print(JSON.stringify(answer));
    if (answer.counts.planned === 0) return print('Nothing is planned there in that time.');
    const moneyOf = (costs: WhatIf['costs']): string => costs.map(({ minor, currency }) => moneyIn('en', { minor: Math.ceil(minor), currency })).join(' + ');
    print(table(answer.clients.flatMap(({ clientName, posts }) => [[clientName], ...posts.map((post) => [`  ${post.channelName}`, `${minute(new Date(post.dueAt))} UTC`, post.text.slice(0, 40).replaceAll('\n', ' '), post.sentence, moneyOf(post.costs)])])));
    const { late, elsewhere, person, missed, nextSlot, dropped } = answer.counts;
    print(`${late} late, ${elsewhere} elsewhere, ${nextSlot} to the next slot, ${person} for a person, ${missed} missed, ${dropped} dropped.${answer.costs.length === 0 ? '' : ` Going elsewhere costs ${moneyOf(answer.costs)}.`}`);
    const unwritten = answer.clients.flatMap(({ posts }) => posts).reduce((sum, post) => sum + post.unwritten.length, 0);
    if (unwritten > 0) print(`${unwritten} fallback versions are not written: GET /posts/:id/fallbacks shows them.`);
  });

command(program, 'drill', 'rehearse an outage: hours in a minute or two, with a database, platforms and a mail server of its own that reach nobody; ends with 1 if anything was lost, twice, told twice or left in the night', 'drill --json')
  .option('--json', 'the tally as one JSON object, on the last line')
  .option('--scenario <names>', `some of ${scenarios.join(', ')}`, scenarios.join(','))
  .option('--break <how>', `let something go wrong in a short outage, to see that the tally finds it: ${breakages.join(', ')} or both`)
  .action(async ({ json, scenario, break: broken }: { json?: true; scenario: string; break?: string }) => {
    const { drill } = await import('./command-drill.js'); // the whole house: no other command waits for it to be read
    const isPassed = await drill(loadConfig(), { scenario, broken, json: json ?? false, say, print });
    if (!isPassed) process.exitCode = 1;
  });

const library = program.command('library').description('packs as a folder of Markdown files, to be edited without a network');
command(library, 'export DIR', 'write the packs of a workspace, with their media, into a new folder', 'library export ./packs --workspace "My agency"')
  .requiredOption('--workspace <workspace>', 'its name or id')
  .option('--client <id>', 'of one client only, by its id')
  .action(async (folder: string, { workspace, client }: { workspace: string; client?: string }) => {
    print(await exportLibrary(loadConfig(), say, { folder: resolve(folder), workspace, client: client ?? null }));
  });
command(library, 'import DIR', 'show what changed in such a folder, and take it over; what both sides changed stays twice', 'library import ./packs --workspace "My agency"')
  .requiredOption('--workspace <workspace>', 'its name or id')
  .option('--remove', 'also put away here what was taken out of the folder')
  .option('--leave-out-broken', 'import the rest although some of it is broken')
  .option('--yes', 'do not ask')
  .action(async (folder: string, { workspace, remove, leaveOutBroken, yes }: { workspace: string; remove?: true; leaveOutBroken?: true; yes?: true }) => {
    const done = await importLibrary(loadConfig(), say, { folder: resolve(folder), workspace, remove: remove ?? false, leaveOutBroken: leaveOutBroken ?? false, yes: yes ?? false, print });
    if (!done) process.exitCode = 1;
  });

function paint(colour: 'green' | 'yellow' | 'red'): string {
  const code = { green: 32, yellow: 33, red: 31 }[colour];
  return process.stdout.isTTY ? `\u001b[${code}m${colour.padEnd(6)}\u001b[0m` : colour;
}

async function showPlan(plans: ArmingPlanService, reason: string): Promise<void> {
  const { late, unknown, ahead, next } = await plans.read();
  const fate = reason === 'operator' ? 'go out late, or are held, as their posts say' : 'are held for a person, because they may be out already';
  if (late.length === 0) print('Nothing is late.');
  else {
    print(`Late, and not out as far as this database knows; these ${fate}:`);
    print(table(late.map(({ workspace, client, count, oldest }) => [`  ${workspace}`, client, String(count), `since ${minute(oldest)} UTC`])));
  }
  if (unknown > 0) print(`${unknown} were on their way: they are looked up on their platforms first.`);
  print(`${ahead} more go out at their times${next ? `, the next on ${minute(next)} UTC` : ''}.`);
}

/** One sentence that says what to do; the trace only for who asked for it. */
function explain(error: unknown): string {
  if (error instanceof DomainError) return error.sentence.en;
  if (error instanceof ZodError) return error.issues.map(({ path, message }) => `${path.join('.') || 'The value'}: ${message}.`).join('\n');
  const { code, message, stack } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error), stack: undefined };
  if (stack && wantsTrace()) return stack;
  if (code !== undefined && /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|28|3D000|57P)/.test(code)) return `The database cannot be reached (${message || code}): check that it runs, and DATABASE_URL if it is set.`;
  return message;
}

function wantsTrace(): boolean {
  try {
    return loadConfig().LOG_LEVEL === 'debug';
  } catch {
    return false; // the trouble is the configuration itself
  }
}

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  process.stderr.write(`${scrub(explain(error))}\n`);
  process.exit(1);
}
