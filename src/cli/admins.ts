import { Command, Option } from 'commander';
import { describeAdmin } from '../admin/admins.ts';
import { createInvitationStore } from '../admin/people/invitation-store.ts';
import { createInvitations } from '../admin/people/invitations.ts';
import { type Role, roleOf, roles } from '../admin/roles.ts';
import { ConfigError, readConfig } from '../config.ts';
import { requireConfirmation } from './confirmation.ts';
import { tableOf } from './table.ts';
import { eventsOf, withBroker } from './with-broker.ts';

export function adminsCommand(): Command {
  return new Command('admins')
    .description('people who administer the broker')
    .addCommand(inviteCommand())
    .addCommand(listAdminsCommand())
    .addCommand(removeAdminCommand());
}

function inviteCommand(): Command {
  return new Command('invite')
    .description('print a link that gives a role once, within 30 minutes')
    .addOption(new Option('--role <role>', 'what the person may do').choices(roles).makeOptionMandatory())
    .action(async ({ role }: { role: Role }) => {
      const { issuer } = readConfig();
      const invitation = await withBroker(async ({ identities }, store) => {
        const invitations = createInvitations({
          issuer,
          store: createInvitationStore(store.database.prisma, store.rowTags),
          identities,
          events: eventsOf(store),
          clock: store.clock,
        });
        return await invitations.invite({ role, by: 'cli' });
      });
      process.stdout.write(`${invitation.url.reveal()}\n`);
      process.stderr.write(
        `Open it in a browser and sign in. It gives the role ${role} once, until ${invitation.expiresAt.toISOString()}.\n`,
      );
    });
}

function listAdminsCommand(): Command {
  return new Command('list')
    .description('list them')
    .option('--json', 'JSON in the format of the admin API')
    .action(async ({ json = false }: { json?: boolean }) => {
      const holders = await withBroker(async ({ identities }) => await identities.roleHolders(), {
        readOnly: true,
      });
      const admins = holders.filter(({ roles: held }) => roleOf(held)).map(describeAdmin);
      if (json) process.stdout.write(`${JSON.stringify(admins, null, 2)}\n`);
      else if (admins.length === 0)
        process.stdout.write('There is no admin yet. Invite one: symbolon admins invite --role owner\n');
      else {
        const rows = admins.map(({ user, name, role, disabled, last_login_at: last }) => [
          user,
          name ?? '',
          role,
          disabled ? 'disabled' : '',
          last ?? '',
        ]);
        process.stdout.write(tableOf([['user', 'name', 'role', '', 'last sign-in'], ...rows]));
      }
    });
}

function removeAdminCommand(): Command {
  return new Command('remove')
    .description('take the role of a person, who keeps the account')
    .argument('<user>', 'id of the user')
    .option('--yes', 'confirm')
    .action(async (id: string, { yes }: { yes?: true }) => {
      await withBroker(async ({ identities }) => {
        const user = await identities.findUser(id);
        const role = user && roleOf(user.roles);
        if (!role) throw new ConfigError(`There is no admin ${id}. Those there are: symbolon admins list`);
        requireConfirmation(
          yes,
          `${user.name ?? id} loses the role ${role}, and tokens made with it stop working.`,
        );
        await identities.setRoles(id, [], { keepLastOwner: true });
      });
      process.stdout.write(`${id} has no role any more.\n`);
    });
}
