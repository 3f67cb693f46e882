import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, SerializeOptions } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { By, type Caller, Needs } from '../../infra/http/access.js';
import { Invitation, Invited, Member, MemberList, RoleChange } from './member.schema.js';
import { MembersService } from './members.service.js';

const UserId = z.uuid();

/** No key manages people. */
@ApiTags('Members')
@Controller('members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Needs('viewer', 'workspace:read')
  @SerializeOptions({ schema: MemberList })
  @Get()
  async list(@By() { workspaceId }: Caller): Promise<z.output<typeof MemberList>> {
    return { items: [...(await this.members.list(workspaceId))] };
  }

  @Needs('manager', null)
  @SerializeOptions({ schema: Invited })
  @Post()
  invite(@By() caller: Caller, @Body({ schema: Invitation }) body: Invitation): Promise<Invited> {
    return this.members.invite(caller, body);
  }

  /** A new link for an invitation that was lost; the one before stops working. */
  @Needs('manager', null)
  @SerializeOptions({ schema: Invited })
  @Post(':userId/link')
  renewLink(@By() caller: Caller, @Param('userId', { schema: UserId }) userId: string): Promise<Invited> {
    return this.members.renewLink(caller, userId);
  }

  @Needs('manager', null)
  @SerializeOptions({ schema: Member })
  @Patch(':userId')
  changeRole(@By() caller: Caller, @Param('userId', { schema: UserId }) userId: string, @Body({ schema: RoleChange }) { role }: z.output<typeof RoleChange>): Promise<Member> {
    return this.members.changeRole(caller, userId, role);
  }

  /** Removes a member, or oneself. */
  @Needs('viewer', null)
  @HttpCode(204)
  @Delete(':userId')
  remove(@By() caller: Caller, @Param('userId', { schema: UserId }) userId: string): Promise<void> {
    return this.members.remove(caller, userId);
  }
}
