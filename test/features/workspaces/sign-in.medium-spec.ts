import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FirstOwnerService } from '../../../src/features/workspaces/first-owner.service.js';
import { SignInLinksService } from '../../../src/features/workspaces/sign-in-links.service.js';
import { UsersService } from '../../../src/features/workspaces/users.service.js';
import { type House, openHouse } from '../../kit/house.js';

const password = 'correct horse battery';
const own = { 'Sec-Fetch-Site': 'same-origin' };

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function person(email: string): Promise<string> {
  const users = house.app.get(UsersService);
  const userId = await users.create(house.database.manager, { email, name: 'Anna', language: 'en', operator: false });
  await users.setPassword(userId, password, null);
  return userId;
}

const signIn = (email: string, given: string) => house.http().post('/api/v1/session').set(own).send({ email, password: given });
const cookieOf = (headers: Readonly<Record<string, unknown>>): string => String(headers['set-cookie']);

async function link(userId: string): Promise<string> {
  return new URL(await house.app.get(SignInLinksService).make(house.database.manager, userId, 'sign-in')).pathname;
}

describe('Signing in by password', () => {
  it('sets a cookie that scripts cannot read and other sites do not send along', async () => {
    await person('anna@example.com');
    const { headers, status, body } = await signIn('Anna@Example.com', password);
    expect(status).toBe(200);
    expect(body).toMatchObject({ email: 'anna@example.com', hasPassword: true });
    expect(cookieOf(headers)).toMatch(/^postern_session=[\w-]{43}; Max-Age=2592000; Path=\/;.*HttpOnly; SameSite=Lax$/);
  });

  it('keeps only a hash of the session', async () => {
    await person('hash@example.com');
    const token = /postern_session=([^;]+)/.exec(cookieOf((await signIn('hash@example.com', password)).headers))?.[1] ?? '';
    const dump = JSON.stringify(await house.database.query('SELECT s.*, u.password_hash FROM sessions s JOIN users u ON u.id = s.user_id'));
    expect(dump).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(password);
  });

  it('says the same of a wrong password as of an unknown e-mail', async () => {
    await person('bert@example.com');
    const [wrong, unknown] = [await signIn('bert@example.com', 'not this one'), await signIn('nobody@example.com', 'not this one')];
    expect(wrong.status).toBe(401);
    expect(wrong.body.code).toBe('sign-in-wrong');
    expect({ ...unknown.body, correlationId: '' }).toEqual({ ...wrong.body, correlationId: '' });
  });

  it('stops guessing at one e-mail after ten tries, with the right password too', async () => {
    await person('cleo@example.com');
    for (let i = 0; i < 10; i += 1) await signIn('cleo@example.com', 'guess');
    const { status, body, headers } = await signIn('cleo@example.com', password);
    expect({ status, code: body.code, retry: headers['retry-after'] }).toEqual({ status: 429, code: 'sign-in-too-often', retry: '900' });
  });

  it('counts all of many tries made at the same moment', async () => {
    await house.database.query('DELETE FROM sign_in_tries');
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn('dora@example.com', 'guess')));
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
    await house.database.query('DELETE FROM sign_in_tries');
  });

  it('is refused to a person who was shut out', async () => {
    const userId = await person('eve@example.com');
    await house.app.get(UsersService).setDisabled({ kind: 'operator', id: 'x', name: 'x' }, userId, true);
    expect((await signIn('eve@example.com', password)).status).toBe(401);
  });

  it('is refused when another site sends the form', async () => {
    await person('fred@example.com');
    const { status, body } = await house.http().post('/api/v1/session').set('Origin', 'https://evil.example').send({ email: 'fred@example.com', password });
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'origin-foreign' });
  });
});

describe('A one-time link', () => {
  it('changes nothing when it is opened, however often', async () => {
    const path = await link(await person('greta@example.com'));
    for (let i = 0; i < 3; i += 1) {
      const opened = await house.http().get(path);
      expect(opened.status).toBe(200);
      expect(opened.headers['set-cookie']).toBeUndefined();
      expect(opened.text).toContain(`<form method="post" action="${path}">`);
    }
    const head = await house.http().head(path);
    expect(head.headers['set-cookie']).toBeUndefined();
    expect((await house.http().post(path).set(own)).status).toBe(303);
  });

  it('signs in once, by its button', async () => {
    const path = await link(await person('hugo@example.com'));
    const first = await house.http().post(path).set(own);
    expect(first.headers['location']).toBe('/sign-in/welcome');
    const cookie = cookieOf(first.headers).split(';')[0] ?? '';
    expect((await house.http().get('/api/v1/me').set('Cookie', cookie)).body.email).toBe('hugo@example.com');
    const second = await house.http().post(path).set(own);
    expect(second.status).toBe(410);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('lets in one of two who press the button at once', async () => {
    const path = await link(await person('ida@example.com'));
    const answers = await Promise.all([house.http().post(path).set(own), house.http().post(path).set(own)]);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([303, 410]);
  });

  it('runs out after 15 minutes', async () => {
    const path = await link(await person('jo@example.com'));
    await house.database.query(`UPDATE sign_in_links SET expires_at = expires_at - interval '15 minutes'`);
    expect((await house.http().get(path)).status).toBe(410);
    expect((await house.http().post(path).set(own)).status).toBe(410);
  });

  it('says so in Italian to who prefers it', async () => {
    const { text } = await house.http().get('/sign-in/never-was').set('Accept-Language', 'it-IT');
    expect(text).toContain('<html lang="it">');
    expect(text).toContain('Questo link è già stato usato');
  });

  it('is not kept in the database as it is', async () => {
    const token = (await link(await person('kim@example.com'))).split('/').at(-1) ?? '';
    expect(JSON.stringify(await house.database.query('SELECT * FROM sign_in_links'))).not.toContain(token);
  });

  it('lets a forgotten password be replaced, and ends the other sessions', async () => {
    const userId = await person('lea@example.com');
    const old = cookieOf((await signIn('lea@example.com', password)).headers).split(';')[0] ?? '';
    const fresh = cookieOf((await house.http().post(await link(userId)).set(own)).headers).split(';')[0] ?? '';
    const set = await house.http().put('/api/v1/me/password').set({ ...own, Cookie: fresh }).send({ next: 'another long password' });
    expect(set.status).toBe(204);
    expect((await house.http().get('/api/v1/me').set('Cookie', old)).status).toBe(401);
    expect((await house.http().get('/api/v1/me').set('Cookie', fresh)).status).toBe(200);
    expect((await signIn('lea@example.com', 'another long password')).status).toBe(200);
  });
});

describe('A session', () => {
  it('needs the old password for a new one', async () => {
    await person('max@example.com');
    const cookie = cookieOf((await signIn('max@example.com', password)).headers).split(';')[0] ?? '';
    const { status, body } = await house.http().put('/api/v1/me/password').set({ ...own, Cookie: cookie }).send({ next: 'another long password' });
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'password-wrong' });
  });

  it('ends by signing out, and by its owner from elsewhere, and by nobody else', async () => {
    const [mine, other] = [await house.member(null, 'viewer'), await house.member(null, 'viewer')];
    const [session] = (await house.http().get('/api/v1/me/sessions').set(mine.headers)).body.items;
    expect(session.current).toBe(true);
    expect((await house.http().delete(`/api/v1/me/sessions/${session.id}`).set(other.headers)).status).toBe(404);
    expect((await house.http().delete(`/api/v1/me/sessions/${session.id}`).set(mine.headers)).status).toBe(204);
    expect((await house.http().get('/api/v1/me').set(mine.headers)).status).toBe(401);
    expect((await house.http().delete('/api/v1/session').set(other.headers)).status).toBe(204);
    expect((await house.http().get('/api/v1/me').set(other.headers)).status).toBe(401);
  });

  it('slides: used after an hour it lives 30 days from then, and the cookie is set anew', async () => {
    const { userId, headers } = await house.member(null, 'viewer');
    await house.database.query(`UPDATE sessions SET seen_at = now() - interval '2 hours', expires_at = now() + interval '1 day' WHERE user_id = $1`, [userId]);
    expect(cookieOf((await house.http().get('/api/v1/me').set(headers)).headers)).toContain('Max-Age=2592000');
    const [row] = await house.database.query(`SELECT expires_at > now() + interval '29 days' AS slid FROM sessions WHERE user_id = $1`, [userId]);
    expect(row.slid).toBe(true);
    expect((await house.http().get('/api/v1/me').set(headers)).headers['set-cookie']).toBeUndefined();
  });

  it('that has run out opens nothing', async () => {
    const { userId, headers } = await house.member(null, 'viewer');
    await house.database.query(`UPDATE sessions SET expires_at = now() WHERE user_id = $1`, [userId]);
    expect((await house.http().get('/api/v1/me').set(headers)).status).toBe(401);
  });
});

describe('The first owner', () => {
  it('gets a link at each start until somebody has come in, and sets name, e-mail and password behind it', async () => {
    const empty = await openHouse();
    try {
      const first = empty.app.get(FirstOwnerService);
      const [one, two] = [await first.ensureFirstOwner(), await first.ensureFirstOwner()];
      expect((await empty.http().post(new URL(one?.link ?? '').pathname).set(own)).status).toBe(410);
      const entered = await empty.http().post(new URL(two?.link ?? '').pathname).set(own);
      const cookie = cookieOf(entered.headers).split(';')[0] ?? '';
      const form = { name: 'Nina', email: 'nina@example.com', password };
      const saved = await empty.http().post('/sign-in/welcome').set({ ...own, Cookie: cookie }).type('form').send(form);
      expect(saved.status).toBe(200);
      const me = await empty.http().get('/api/v1/me').set('Cookie', cookie);
      expect(me.body).toMatchObject({ name: 'Nina', email: 'nina@example.com', operator: true, hasPassword: true, workspaces: [{ role: 'owner', kind: 'live' }] });
      expect(await first.ensureFirstOwner()).toBeNull();
    } finally {
      await empty.close();
    }
  });
});
