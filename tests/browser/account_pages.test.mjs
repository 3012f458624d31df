// A person's own pages, the people of a firm, and the links that come by mail.

import assert from 'node:assert/strict';

import { newFirm, newPerson } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { signInSupport } from './support/desk.mjs';
import { beginSecondFactor, enrol, newestMail } from './support/people.mjs';
import { button, field, heading, link, press } from './support/wizard.mjs';

const GONE = 410;

story('a firm invites somebody, takes it back, and lets somebody go', async ({ demo, open }) => {
  const admin = await open();
  const people = `/firms/${demo.firm.id}/people`;
  await admin.signIn(demo.admin);
  await admin.go(people);
  await admin.check('people-alone');

  const { url } = await demo.command(['user', 'invite', '--email', 'kim@example.com', '--firm', demo.firm.id]);
  await newPerson(demo, ['--firm', demo.firm.id], 'Alexandra Featherstonehaugh-Villanueva');
  await field(admin, 'Email').fill('a.rather.long.address@subsidiary-of-harbor-and-lane.example');
  await button(admin, 'Invite').click();
  await admin.page.getByRole('button', { name: 'Take back' }).nth(1).waitFor();
  await admin.check('people-invited');

  await admin.page.getByRole('button', { name: 'Take back the invitation to kim@example.com' }).click();
  const invited = await open();
  await invited.go(url, GONE);
  await invited.check('invitation-taken-back');

  await admin.page.getByRole('link', { name: 'Remove Alexandra' }).click();
  await admin.check('remove-somebody');
  await button(admin, 'Remove').click();
  await admin.page.getByText('The last person cannot be removed').waitFor();
});

story('the time zone of the browser is offered, and confirmed', async ({ demo, open }) => {
  const admin = await open({ timezoneId: 'Asia/Tokyo' });
  await admin.signIn(demo.admin);
  await link(admin, 'Use Asia/Tokyo').click();
  await admin.page.getByText('Save to see all times in it.').waitFor();
  assert.equal(await admin.page.getByLabel('Time zone').inputValue(), 'Asia/Tokyo');
  await admin.check('account-zone');
});

story('a newcomer accepts an invitation, once', async ({ demo, open }) => {
  const invitation = ['user', 'invite', '--email', 'newcomer@example.com', '--firm', demo.firm.id];
  const { url } = await demo.command(invitation);
  const newcomer = await open();
  await newcomer.go(url);
  await newcomer.check('invitation');
  await field(newcomer, 'Your name').fill('Jo Newcomer');
  await field(newcomer, 'Password').fill('four words are enough');
  await button(newcomer, 'Accept the invitation').click();
  await heading(newcomer, 'Concierge').waitFor();

  const late = await open();
  await late.go(url, GONE);
  await late.check('invitation-accepted');
});

story('who acts for several firms joins with their password and chooses', async ({ demo, open }) => {
  const first = await newFirm(demo, 'Northgate Builders');
  const second = await newFirm(demo, 'Northgate Builders of the South, Limited Partnership');
  const invitation = ['user', 'invite', '--email', first.admin.email, '--firm', second.id];
  const { url } = await demo.command(invitation);
  const admin = await open();
  await admin.go(url);
  await admin.check('invitation-with-account');
  await field(admin, 'Password').fill(first.admin.password);
  await button(admin, 'Accept the invitation').click();
  await heading(admin, 'Concierge').waitFor();
  await admin.check('concierge-of-two-firms');

  await link(admin, 'Change firm').click();
  await admin.check('choose-a-firm');
});

story('a person looks after their account', async ({ demo, open }) => {
  const person = await newPerson(demo, ['--firm', demo.firm.id]);
  const [here, elsewhere] = [await open(), await open()];
  await elsewhere.signIn(person);
  await here.signIn(person);
  await here.go('/account');
  await here.check('account');
  await link(here, 'Change your password').click();
  await here.check('change-password');

  await here.go('/account/second-factor');
  await here.check('second-factor-off');
  const key = await beginSecondFactor(here, person.password);
  await here.check('second-factor-begun');
  const [recoveryCode] = await enrol(here, key);
  await here.check('recovery-codes');
  await link(here, 'I have kept them').click();
  await here.go('/account/second-factor');
  await here.check('second-factor-on');

  await elsewhere.signIn(person);
  await elsewhere.check('code');
  await field(elsewhere, 'Code').fill(recoveryCode);
  await button(elsewhere, 'Continue').click();
  await heading(elsewhere, 'Concierge').waitFor();
});

story('a forgotten password is replaced by a link, once', async ({ demo, open }) => {
  const person = await newPerson(demo, ['--firm', demo.firm.id]);
  const forgetful = await open();
  await forgetful.go('/sign-in');
  await link(forgetful, 'Forgot your password?').click();
  await forgetful.check('reset');
  await field(forgetful, 'Email').fill(person.email);
  await button(forgetful, 'Send me a link').click();
  await heading(forgetful, 'A link is kept for you').waitFor();
  await forgetful.check('link-sent');

  const support = await open();
  await signInSupport(support, demo);
  const [address] = (await newestMail(support, person.email)).match(/http\S+\/reset\/\S+/);

  await forgetful.go(address);
  await forgetful.check('new-password');
  await field(forgetful, 'New password').fill('four words are enough');
  assert.equal(await press(forgetful, 'Save password'), 303);
  await heading(forgetful, 'Sign in').waitFor();
  await forgetful.check('password-changed');

  await forgetful.go(address, GONE);
  await forgetful.check('reset-link-used');
});

story('the style guide shows every part', async ({ open }) => {
  const designer = await open();
  await designer.go('/styleguide');
  await designer.check('styleguide');
});
