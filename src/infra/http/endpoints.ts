import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { CLASS_SERIALIZER_OPTIONS } from '@nestjs/common/serializer/class-serializer.constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { z } from 'zod';
import { type Door, DOOR } from './access.js';

export interface Endpoint {
  readonly controller: string;
  readonly handler: string;
  /** GET, POST, … */
  readonly method: string;
  /** As written in the decorators, without the global prefix: `/posts/:id`. */
  readonly path: string;
  readonly door: Door | undefined;
  /** What it answers, by `@SerializeOptions({ schema })`. */
  readonly answer: z.ZodType | null;
}

/** Every endpoint of the running application, found by its decorators. */
@Injectable()
export class Endpoints {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  list(): readonly Endpoint[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => (typeof metatype === 'function' ? this.of(metatype) : []));
  }

  private of(controller: object & { readonly name: string; readonly prototype?: unknown }): Endpoint[] {
    const prototype = controller.prototype as Record<string, (...args: never) => unknown>;
    return this.scanner.getAllMethodNames(prototype).flatMap((handler) => {
      const method = prototype[handler];
      if (!method || Reflect.getMetadata(METHOD_METADATA, method) === undefined) return [];
      const door = this.reflector.getAllAndOverride<Door | undefined>(DOOR, [method, controller as never]);
      const options = this.reflector.getAllAndOverride<{ schema?: unknown } | undefined>(CLASS_SERIALIZER_OPTIONS, [method, controller as never]);
      const answer = options?.schema instanceof z.ZodType ? options.schema : null;
      const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, method) as number] ?? 'ALL';
      return pathsOf(controller).flatMap((base) =>
        pathsOf(method).map((path) => ({ controller: controller.name, handler, method: verb, path: join(base, path), door, answer })));
    });
  }
}

function pathsOf(target: object): readonly string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return typeof path === 'string' ? [path] : (path ?? ['']);
}

function join(...parts: readonly string[]): string {
  return `/${parts.flatMap((part) => part.split('/')).filter(Boolean).join('/')}`;
}
