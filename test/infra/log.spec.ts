import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Clock } from '../../src/infra/clock.js';
import { Log, type LogSettings } from '../../src/infra/log.js';
import { registerSecret } from '../../src/infra/scrub.js';

class Noon extends Clock {
  override now(): number {
    return Date.UTC(2026, 10, 22, 12);
  }
}

function logging(settings: Partial<LogSettings> = {}): { log: Log; lines: string[]; records: () => Record<string, unknown>[] } {
  const lines: string[] = [];
  const log = new Log({ level: 'info', readable: false, clock: new Noon(), correlation: () => 'req-1', write: (line) => void lines.push(line), ...settings });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('A log line', () => {
  it('is one JSON object with time, level, context, correlation and fields', () => {
    const { log, lines, records } = logging();
    log.log('posted', { posts: 3 }, 'Dispatch');
    expect(lines[0]?.indexOf('\n')).toBe(lines[0]!.length - 1);
    expect(records()).toEqual([{ at: '2026-11-22T12:00:00.000Z', level: 'info', message: 'posted', context: 'Dispatch', correlation: 'req-1', posts: 3 }]);
  });

  it('takes what Nest loggers hand in', () => {
    const { log, records } = logging();
    Logger.overrideLogger(log);
    try {
      new Logger('Room').error('it broke', new Error('cause').stack);
    } finally {
      Logger.overrideLogger(false);
    }
    expect(records()[0]).toMatchObject({ level: 'error', message: 'it broke', context: 'Room', stack: expect.stringContaining('Error: cause') });
  });

  it('holds no value that was sealed, wherever it stands', () => {
    registerSecret('correct-horse-battery');
    const { log, lines } = logging();
    log.warn('token correct-horse-battery', { deep: { token: 'correct-horse-battery' } }, 'Room');
    log.error(new Error('refused correct-horse-battery'));
    expect(lines.join('')).not.toContain('correct-horse-battery');
    expect(lines).toHaveLength(2);
  });

  it('is left out below the level asked for', () => {
    const { log, lines } = logging({ level: 'warn' });
    log.debug('no');
    log.log('no');
    log.warn('yes');
    log.error('yes');
    expect(lines).toHaveLength(2);
  });

  it('is one readable line at a terminal, whatever the message quotes', () => {
    registerSecret('correct-horse-battery');
    const { log, lines } = logging({ readable: true });
    log.warn('the platform said\r\nERROR all is lost\u001b[2J correct-horse-battery', 'Room');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN \[Room\] the platform said ERROR all is lost \[2J \[struck out\]\n$/);
  });
});
