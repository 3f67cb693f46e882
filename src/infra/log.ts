import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Clock } from './clock.js';
import type { Config } from './config.js';
import { scrub, scrubDeep } from './scrub.js';

type Level = Config['LOG_LEVEL'];
const weight: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const longest = 10_000; // characters of a message; a platform's whole HTML page belongs into the evidence

/** Nest's own account of how it starts: of use to who works on Postern, not to who runs it. */
const backstage = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

export interface LogSettings {
  readonly level: Level;
  /** One readable line each instead of JSON: for a terminal. */
  readonly readable: boolean;
  readonly clock: Clock;
  /** The id of the request or job this line belongs to, if there is one. */
  readonly correlation: () => string | undefined;
  readonly write: (line: string) => void;
}

interface Entry {
  readonly level: Level;
  readonly context: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The log: one JSON object a line (`at`, `level`, `message`, `context`, `correlation`, `stack`, and the fields of a
 * plain object handed in after the message), sealed values struck out. An ERROR means someone must act.
 */
export class Log implements LoggerService {
  constructor(private readonly settings: LogSettings) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.take('info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.take('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.take('debug', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.take('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.take('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.take('error', message, rest);
  }

  private take(said: Level, message: unknown, rest: readonly unknown[]): void {
    const entry = read(said, message, rest);
    if (weight[entry.level] < weight[this.settings.level]) return;
    this.settings.write(this.settings.readable ? this.line(entry) : this.json(entry));
  }

  private json({ level, context, message, stack, fields }: Entry): string {
    const at = new Date(this.settings.clock.now()).toISOString();
    const correlation = this.settings.correlation();
    const record = { ...fields, at, level, message, context, correlation, stack };
    return `${JSON.stringify(scrubDeep(record), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`;
  }

  private line({ level, context, message, stack, fields }: Entry): string {
    const time = new Date(this.settings.clock.now()).toTimeString().slice(0, 8);
    const mark = { debug: 'debug ', info: '', warn: 'WARN ', error: 'ERROR ' }[level];
    const more = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(scrubDeep(value))}`);
    const head = `${time} ${mark}${context ? `[${context}] ` : ''}${message}${more.join('')}`;
    return scrub(`${printable(head)}\n${stack && level !== 'info' ? `${stack.replace(/^/gm, '    ')}\n` : ''}`);
  }
}

/** Takes Nest's ways of calling apart: (message, …objects, stack for errors, context last). */
function read(said: Level, message: unknown, rest: readonly unknown[]): Entry {
  const words = rest.filter((item): item is string => typeof item === 'string');
  const context = words.at(-1);
  const error = [message, ...rest].find((item): item is Error => item instanceof Error);
  const stack = error?.stack ?? words.slice(0, -1).find((word) => /\n\s+at /.test(word));
  const objects = [message, ...rest].filter(isFields);
  return {
    level: said === 'info' && context !== undefined && backstage.has(context) ? 'debug' : said,
    context,
    message: (typeof message === 'string' ? message : (error?.message ?? (isFields(message) ? '' : inspect(message)))).slice(0, longest),
    stack: stack?.slice(0, longest),
    fields: Object.assign({}, ...objects) as Record<string, unknown>,
  };
}

function isFields(item: unknown): item is Record<string, unknown> {
  return typeof item === 'object' && item !== null && !(item instanceof Error);
}

/** A message may quote the outside world: no line of its own making, no terminal command. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
