import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ProbeResult, probeFailure } from './road.js';

/** nodemailer's own, where the URL names none. */
const port = (url: URL): number => Number(url.port) || (url.protocol === 'smtps:' ? 465 : 587);
const longest = 1_000;

/** Does a mail server greet at this smtp:// or smtps:// address? https://www.rfc-editor.org/rfc/rfc5321#section-3.1 */
export async function greeting(url: URL, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = open(url);
    let said = '';
    const end = (result: ProbeResult): void => {
      signal.removeEventListener('abort', late);
      socket.destroy();
      resolve(result);
    };
    const late = (): void => end({ kind: 'failed', detail: 'no greeting in time' });
    signal.addEventListener('abort', late, { once: true });
    socket.setEncoding('utf8');
    socket.on('error', (error) => end(probeFailure(error)));
    socket.on('close', () => end({ kind: 'failed', detail: 'it closed the connection without a greeting' }));
    socket.on('data', (text: string) => {
      said += text;
      if (!said.includes('\n') && said.length < longest) return;
      socket.write('QUIT\r\n');
      end(/^220[ -]/.test(said) ? { kind: 'ok' } : { kind: 'failed', detail: `it greets with: ${said.slice(0, 200).trim()}` });
    });
    if (signal.aborted) late();
  });
}

function open(url: URL): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'smtps:') return connect({ host, port: port(url) });
  const rejectUnauthorized = url.searchParams.get('tls.rejectUnauthorized') !== 'false';
  return connectTls({ host, port: port(url), rejectUnauthorized, ...(isIP(host) === 0 && { servername: host }) });
}
