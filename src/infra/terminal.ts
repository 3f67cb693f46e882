import process from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks a person at the terminal; what is typed is not shown if it is `hidden`. Not at a terminal: the first line handed in. */
export async function ask(question: string, { hidden = false } = {}): Promise<string> {
  if (isTerminal()) process.stderr.write(question);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? mute : process.stderr, terminal: isTerminal() });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    process.stdin.pause();
    if (hidden && isTerminal()) process.stderr.write('\n');
  }
}

/** Lines up columns: each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}
