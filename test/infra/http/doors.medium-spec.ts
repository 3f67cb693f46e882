import { Controller, Get } from '@nestjs/common';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Dressed, dressed, workspaceA, workspaceB } from './dressed.js';

let house: Dressed;
beforeAll(async () => {
  house = await dressed();
});
afterAll(() => house.close());

const http = () => request(house.app.getHttpServer());
const session = (name: string) => ({ Cookie: `postern_session=${name}` });
const key = (name: string) => ({ Authorization: `Bearer ${name}` });
const kettle = { name: 'warm', litres: 1 };

describe('A door', () => {
  it('that is missing stops the start and names the endpoint', async () => {
    @Controller('sheds')
    class ShedController {
      @Get(':id/roof')
      roof(): string {
        return '';
      }
    }
    await expect(dressed({}, { controllers: [ShedController] })).rejects.toThrow('No door on GET /sheds/:id/roof (ShedController.roof)');
  });

  it('asks who has not said who they are, and tells how', async () => {
    const { status, headers, body } = await http().get('/api/v1/kettles/where');
    expect({ status, code: body.code, asks: headers['www-authenticate'] }).toEqual({ status: 401, code: 'sign-in-needed', asks: 'Bearer realm="postern"' });
  });

  it('takes a key before a cookie, and does not fall back on the cookie when the key is wrong', async () => {
    const { status, body } = await http().get('/api/v1/kettles/where').set({ ...session('viewer'), ...key('pk_nothing') });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'key-unknown' });
  });

  it('gives a key its own workspace, and no other', async () => {
    expect((await http().get('/api/v1/kettles/where').set(key('pk_reads'))).body).toEqual({ workspaceId: workspaceA });
    const elsewhere = await http().get('/api/v1/kettles/where').set({ ...key('pk_reads'), 'Postern-Workspace': workspaceB });
    expect(elsewhere.body.code).toBe('workspace-unknown');
  });

  it('gives a member of one workspace that one, and asks a member of several which', async () => {
    expect((await http().get('/api/v1/kettles/where').set(session('viewer'))).body).toEqual({ workspaceId: workspaceA });
    const unsaid = await http().get('/api/v1/kettles/where').set(session('both'));
    expect(unsaid.body).toMatchObject({ code: 'workspace-needed', workspaces: [{ id: workspaceA, name: 'A' }, { id: workspaceB, name: 'B' }] });
    const said = await http().get('/api/v1/kettles/where').set({ ...session('both'), 'Postern-Workspace': workspaceB });
    expect(said.body).toEqual({ workspaceId: workspaceB });
  });

  it('sets the cookie anew when the session was prolonged', async () => {
    const { headers } = await http().get('/api/v1/kettles/where').set(session('owner'));
    expect(String(headers['set-cookie'])).toMatch(/^postern_session=owner; Max-Age=2592000;.*HttpOnly; SameSite=Lax$/);
  });

  it('marks the cookie Secure when people come by https', async () => {
    const secure = await dressed({ PUBLIC_URL: 'https://desk.example.com' });
    try {
      const { headers } = await request(secure.app.getHttpServer()).get('/api/v1/kettles/where').set(session('owner')).set('Host', 'desk.example.com');
      expect(String(headers['set-cookie'])).toMatch(/; Secure; SameSite=Lax$/);
    } finally {
      await secure.close();
    }
  });
});

describe('A change made with the cookie', () => {
  const change = (headers: Record<string, string>) => http().post('/api/v1/kettles').set(session('editor')).set(headers).send(kettle);

  it.each([
    ['nothing says where it comes from', {}],
    ['it comes from another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['it comes from another host of the same site', { 'Sec-Fetch-Site': 'same-site' }],
    ['it comes from another origin', { Origin: 'https://evil.example' }],
    ['it comes from a sandboxed page', { Origin: 'null' }],
    ['the two disagree', { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://127.0.0.1' }],
  ])('is refused when %s', async (_, headers) => {
    const { status, body } = await change(headers as Record<string, string>);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'origin-foreign' });
  });

  it('is taken from a page of ours', async () => {
    expect((await change({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
    expect((await change({ Host: 'localhost:3000', Origin: 'http://localhost:3000' })).status).toBe(201);
  });

  it('needs no such word with a key, and none for reading', async () => {
    expect((await http().post('/api/v1/kettles').set(key('pk_writes')).send(kettle)).status).toBe(201);
    expect((await http().get('/api/v1/kettles/where').set(session('viewer')).set('Sec-Fetch-Site', 'cross-site')).status).toBe(200);
  });

  it('is refused from elsewhere at an open door too', async () => {
    expect((await http().post('/api/v1/kettles/open').set('Origin', 'https://evil.example')).status).toBe(403);
    expect((await http().post('/api/v1/kettles/open')).status).toBe(201);
  });
});

describe('A request under another name', () => {
  it('is refused wherever it goes, and told what to set', async () => {
    for (const path of ['/api/v1/kettles/open', '/api/docs', '/nowhere']) {
      const { status, body } = await http().get(path).set('Host', 'rebind.example');
      expect({ status, code: body.code }).toEqual({ status: 421, code: 'host-unknown' });
      expect(body.detail).toContain('PUBLIC_URL');
    }
  });

  it('is refused before its body is read', async () => {
    const { status } = await http().post('/api/v1/kettles').set('Host', 'rebind.example').set('Content-Type', 'application/json').send('{broken');
    expect(status).toBe(421);
  });
});

describe('A body that says it is 50 MB', () => {
  it('is refused before one byte of it has come', async () => {
    await house.app.listen(0, '127.0.0.1');
    const { port } = house.app.getHttpServer().address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('data', (bytes) => {
        resolve(bytes.toString());
        socket.destroy();
      });
      socket.write(`POST /api/v1/kettles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${50 * 1024 * 1024}\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});
