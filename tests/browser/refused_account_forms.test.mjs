// Forms about people and their accounts that cannot be accepted: what to put right, and nothing
// typed is lost except secrets.

import assert from 'node:assert/strict';

import { newPerson } from './support/firm.mjs';
import { signInSupport } from './support/desk.mjs';
import { beginSecondFactor, enrol, newestMail } from './support/people.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, isRefused } from './support/wizard.mjs';

const SECRET = 'mustnotcomeback';

/** Types a secret, which is refused and not given back. */
async function secretIsRefused(visitor, label, name, refusal) {
  await field(visitor, label).fill(SECRET);
  await isRefused(visitor, name, refusal);
  assert.ok(!(await visitor.page.content()).includes(SECRET), 'a secret comes back');
}

async function fieldHolds(visitor, label, text) {
  assert.equal(await field(visitor, label).inputValue(), text, `what was typed as ${label}`);
}

story('an invitation needs an address', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go(`/firms/${demo.firm.id}/people`);
  await isRefused(admin, 'Invite', { says: /enter an email address/i, at: 'email' });
  await admin.check('invite-empty');

  await field(admin, 'Email').fill('kim at example.com');
  await isRefused(admin, 'Invite', { says: /name@example.com/, at: 'email' });
  await fieldHolds(admin, 'Email', 'kim at example.com');
  await admin.check('invite-mistaken');
});

story('accepting an invitation needs a name and a good password', async ({ demo, open }) => {
  const invitation = ['user', 'invite', '--email', 'kim@example.com', '--firm', demo.firm.id];
  const { url } = await demo.command(invitation);
  const kim = await open();
  await kim.go(url);
  await secretIsRefused(kim, 'Password', 'Accept the invitation', { says: /enter a name/i, at: 'name' });
  await kim.check('invitation-empty');

  await field(kim, 'Your name').fill('Kim Park');
  await field(kim, 'Password').fill('tooshort');
  await isRefused(kim, 'Accept the invitation', { says: /12 characters/, at: 'password' });
  await fieldHolds(kim, 'Your name', 'Kim Park');
  await fieldHolds(kim, 'Password', '');
  await kim.check('invitation-mistaken');
});

story('a forgotten password needs an address, and a good new one', async ({ demo, open }) => {
  const forgetful = await open();
  await forgetful.go('/reset');
  await isRefused(forgetful, 'Send me a link', { says: /enter an email address/i, at: 'email' });
  await forgetful.check('reset-empty');
  await field(forgetful, 'Email').fill('robin@');
  await isRefused(forgetful, 'Send me a link', { says: /name@example.com/, at: 'email' });
  await fieldHolds(forgetful, 'Email', 'robin@');
  await field(forgetful, 'Email').fill(demo.admin.email);
  await button(forgetful, 'Send me a link').click();
  await heading(forgetful, 'A link is kept for you').waitFor();

  const support = await open();
  await signInSupport(support, demo);
  const [address] = (await newestMail(support, demo.admin.email)).match(/http\S+\/reset\/\S+/);
  await forgetful.go(address);
  await field(forgetful, 'New password').fill('tooshort');
  await isRefused(forgetful, 'Save password', { says: /12 characters/, at: 'password' });
  await fieldHolds(forgetful, 'New password', '');
  await forgetful.check('new-password-mistaken');
});

story('an account needs a name, and its password to be changed', async ({ demo, open }) => {
  const person = await newPerson(demo, ['--firm', demo.firm.id]);
  const visitor = await open();
  await visitor.signIn(person);
  await visitor.go('/account');
  await field(visitor, 'Your name').fill('');
  await isRefused(visitor, 'Save', { says: /enter a name/i, at: 'name' });
  await visitor.check('account-empty');

  await visitor.go('/account/password');
  await secretIsRefused(visitor, 'New password', 'Save password', { says: /current password/i, at: 'current' });
  await visitor.check('change-password-empty');
  await field(visitor, 'New password').fill('another good password');
  await secretIsRefused(visitor, 'Current password', 'Save password', { says: /not your current/i, at: 'current' });
  await field(visitor, 'Current password').fill(person.password);
  await field(visitor, 'New password').fill('tooshort');
  await isRefused(visitor, 'Save password', { says: /12 characters/, at: 'new' });
  await fieldHolds(visitor, 'Current password', '');
  await visitor.check('change-password-mistaken');
});

story('a wrong code turns nothing on and signs nobody in', async ({ demo, open }) => {
  const person = await newPerson(demo, ['--firm', demo.firm.id]);
  const visitor = await open();
  await visitor.signIn(person);
  await visitor.go('/account/second-factor');
  const key = await beginSecondFactor(visitor, person.password);
  await isRefused(visitor, 'Turn on', { says: /code/i, at: 'code' });
  await field(visitor, 'Code').fill('not a code');
  await isRefused(visitor, 'Turn on', { says: /not right/, at: 'code' });
  await visitor.check('second-factor-mistaken');
  await enrol(visitor, key);

  const elsewhere = await open();
  await elsewhere.signIn(person);
  await isRefused(elsewhere, 'Continue', { says: /enter the code/i, at: 'code' });
  await elsewhere.check('code-empty');
  await field(elsewhere, 'Code').fill('not a code');
  await isRefused(elsewhere, 'Continue', { says: /not right/, at: 'code' });
  await fieldHolds(elsewhere, 'Code', '');
  await elsewhere.check('code-mistaken');
});
