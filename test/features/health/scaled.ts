import { type DetectorConfig, detectorConfig } from '../../../src/core/detector-config.js';

/** Every duration of the detector shrunk alike; its counts and sums stay. */
export function scaledDetector(factor: number): DetectorConfig {
  return shrunk(detectorConfig, factor) as DetectorConfig;
}

function shrunk(value: unknown, factor: number, name = ''): unknown {
  if (typeof value === 'number') return name.endsWith('Ms') ? value * factor : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shrunk(inner, factor, key)]));
}
