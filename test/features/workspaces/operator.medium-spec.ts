import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { OperatorService } from '../../../src/features/workspaces/operator.service.js';
import type { Actor } from '../../../src/infra/http/access.js';
import { type House, openHouse } from '../../kit/house.js';

const actor: Actor = { kind: 'operator', id: 'command-line', name: 'root' };
let house: House;
let here: OperatorService;
beforeAll(async () => {
  house = await openHouse();
  here = house.app.get(OperatorService, { strict: false });
});
afterAll(() => house.close());

const anna = { email: 'anna@example.org', name: 'Anna', operator: false, workspace: 'north', role: 'editor' } as const;

it('adds a person to a workspace named in any case, with a link that signs her in', async () => {
  await house.workspace('North');
  expect(await here.addUser(actor, anna)).toMatch(/\/sign-in\/[\w-]{43}$/);
  expect(await here.listUsers()).toMatchObject([{ email: 'anna@example.org', operator: false, disabled: false, memberships: ['editor in North'] }]);
  await expect(here.addUser(actor, anna)).rejects.toThrow('has an account already');
});

it('says which workspaces there are when the name is none of them, and asks which when it is two', async () => {
  await expect(here.listKeys('South')).rejects.toThrow('There are: North');
  await house.workspace('Twice');
  await house.workspace('twice');
  await expect(here.listKeys('TWICE')).rejects.toThrow('Give the id of the one you mean');
});

it('lets the new password in and a disabled person out', async () => {
  await here.setPassword('Anna@example.org', 'a long enough password');
  await expect(here.setPassword('anna@example.org', 'short')).rejects.toThrow('12 to 200 characters');
  const signIn = () => house.http().post('/api/v1/session').send({ email: 'anna@example.org', password: 'a long enough password' });
  const before = (await signIn()).status;
  await here.setDisabled(actor, 'anna@example.org', true);
  expect([before < 300, (await signIn()).status]).toEqual([true, 401]);
  await here.setDisabled(actor, 'anna@example.org', false);
});

it('makes a key in the name of the first operator, which opens its doors until it is revoked', async () => {
  await expect(here.addKey(actor, 'North', { name: 'k', scopes: ['clients:read'], by: undefined })).rejects.toThrow('nobody yet in whose name');
  await here.setOperator(actor, 'anna@example.org', true);
  const { key, token } = await here.addKey(actor, 'North', { name: 'k', scopes: ['clients:read'], by: undefined });
  const read = async () => (await house.http().get('/api/v1/clients').set('Authorization', `Bearer ${token}`)).status;
  expect(await read()).toBe(200);
  await expect(here.revokeKey(actor, 'North', '01')).rejects.toThrow('is no id of a key');
  await here.revokeKey(actor, 'North', key.id);
  expect(await read()).toBe(401);
});
