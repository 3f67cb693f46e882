import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Endpoints } from './endpoints.js';

/** Stops the start when somebody forgot to say who may use an endpoint. */
@Injectable()
export class DoorCheck implements OnModuleInit {
  constructor(private readonly endpoints: Endpoints) {}

  onModuleInit(): void {
    const open = this.endpoints.list().filter(({ door }) => door === undefined);
    if (open.length === 0) return;
    const names = open.map(({ method, path, controller, handler }) => `${method} ${path} (${controller}.${handler})`);
    throw new Error(`No door on ${names.join(', ')}: put @Needs(role, scope), @SignedIn(), @OperatorOnly() or @Public() on it.`);
  }
}
