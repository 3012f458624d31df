// Somebody else enters the secret, and somebody else changes the permissions.

import assert from 'node:assert/strict';

import { linkIn } from './support/mail.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, link, step } from './support/wizard.mjs';

const dana = { name: 'Dana Fox', email: 'dana@firm.example' };
const bo = { name: 'Bo Lane', email: 'bo@firm.example' };

const linkTo = (stage, person) => linkIn(stage, person.email, 'handover');

async function send(admin, person) {
  await field(admin, 'Name').fill(person.name);
  await field(admin, 'Email').fill(person.email);
  await button(admin, 'Send').click();
  // No mail leaves the demo, so the link is there to be passed on.
  await heading(admin, `Link for ${person.name}`).waitFor();
  assert.match(await admin.page.locator('.copy-value').innerText(), /\/handover\//);
  await admin.screenshot(`sent-to-${person.name}`);
  await link(admin, 'Back to the setup').click();
  await admin.page.getByText(new RegExp(`^For ${person.name} since .*not opened yet`)).waitFor();
}

story('a colleague enters the secret that the admin never sees', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(admin, 'Someone else will do this').waitFor(); // its other name
  await button(admin, 'Ask my Procore admin').click();
  await heading(admin, 'Ask my Procore admin').waitFor();
  await admin.check('1-someone-else');
  await field(admin, 'Company ID').fill(demo.procore.company_id);
  await send(admin, dana);
  assert.equal(step(admin), 'credentials');
  await admin.check('2-sent');

  const colleague = await open();
  await colleague.go(await linkTo({ demo, open }, dana));
  await colleague.check('3-enter');
  assert.equal(await field(colleague, 'Company ID').inputValue(), demo.procore.company_id);
  await field(colleague, 'Client ID').fill(demo.procore.client_id);
  await field(colleague, 'Client secret').fill('a-secret-that-is-not-the-one-4711');
  await button(colleague, 'Save and continue').click();
  await colleague.page.getByText('PC-CREDENTIALS').first().waitFor();
  await field(colleague, 'Client secret').waitFor(); // what failed is open
  await colleague.check('4-entered-wrong');
  await field(colleague, 'Client secret').fill(demo.procore.client_secret);
  await colleague.page.getByRole('button', { name: /^Show/ }).click();
  assert.equal(await field(colleague, 'Client secret').getAttribute('type'), 'text', 'the form came with the result');
  await button(colleague, 'Save and continue').click();
  await colleague.page.getByText('All checks passed.').first().waitFor();
  await colleague.check('5-entered');

  await admin.page.getByText(/^For Dana Fox since .*details entered .*, all checks passed/).waitFor();
  await button(colleague, 'Done').click();
  await heading(colleague, 'Thank you, this is done').waitFor();
  await colleague.check('6-done');
  await admin.go(`/firms/${demo.firm.id}/procore/setup/verify`);
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');
});

story('a Procore administrator changes the permissions without a script', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go(`/firms/${demo.firm.id}/procore/setup/settings`);
  await field(admin, 'People').check();
  await button(admin, 'Save and continue').click();
  await demo.procoreDoes('level', { tool: 'directory', level: 'None' });
  await button(admin, 'Check again').click();
  await button(admin, 'Send these fixes to my Procore admin').waitFor();
  await admin.check('7-permissions-failed');
  await admin.page.getByRole('link', { name: "I can't find this (step 1)" }).first().click();
  await field(admin, 'What do you see instead?').fill('There is no button Create Version.');
  await admin.check('8-cannot-find');
  await button(admin, 'Tell support').click();
  await heading(admin, 'Thank you, we took note').waitFor();
  await admin.check('9-noted');
  await admin.page.getByRole('link', { name: 'Back to the steps' }).click();
  await button(admin, 'Send these fixes to my Procore admin').click();
  await admin.check('10-send-fixes');
  await field(admin, 'A sentence of your own').fill('We go live on Friday.');
  await send(admin, bo);
  await admin.page.getByText('Waiting for Bo Lane: not opened yet, 0 of 1 fixed').waitFor();
  await admin.check('10b-waiting');
  await button(admin, 'Copy link for Bo Lane').click();
  await heading(admin, 'Link for Bo Lane').waitFor();
  await admin.check('10c-copied-link');
  const copied = new URL(await admin.page.locator('.copy-value').innerText()).pathname;
  await admin.go(`/firms/${demo.firm.id}/concierge`);
  await admin.page.getByText('Waiting for Bo Lane: not opened yet, 0 of 1 fixed').waitFor();
  await button(admin, 'Remind Bo Lane').waitFor();
  await admin.check('10d-tile');
  await admin.go(`/firms/${demo.firm.id}/procore/setup/settings`);
  await button(admin, 'Copy link for Bo Lane').waitFor();
  await admin.check('10e-rail');
  await admin.go(`/firms/${demo.firm.id}/procore/setup/permissions`);

  const path = await linkTo({ demo, open }, bo);
  const colleague = await open({ javaScript: false });
  await colleague.go(path);
  await colleague.check('11-fix-without-script');
  const scripted = await open();
  await scripted.go(copied);
  await scripted.page.getByText('We go live on Friday.').waitFor();
  assert.equal(await button(scripted, 'Done').count(), 0, 'nothing is done yet');
  await scripted.check('12-fix');
  await demo.procoreDoes('level', { tool: 'directory', level: 'Read Only' });
  await button(colleague, 'Check again').click();
  while (!(await colleague.page.getByText('All checks passed.').first().isVisible())) await colleague.page.reload();
  await button(colleague, 'Done').click();
  await colleague.check('13-fixed');
  await admin.page.reload();
  await admin.page.getByText(/For Bo Lane since .*, done/).waitFor();
  await admin.check('14-told');
});

story('a link that was taken back says so', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await demo.procoreDoes('level', { tool: 'directory', level: 'None' });
  await admin.go(`/firms/${demo.firm.id}/procore/setup/permissions`);
  await button(admin, 'Check again').click();
  await button(admin, 'Send these fixes to my Procore admin').click();
  await send(admin, dana);
  const colleague = await open();
  await colleague.go(await linkTo({ demo, open }, dana));
  await button(admin, 'Take back the link of Dana Fox').click();
  await admin.page.getByText('The link is taken back.').waitFor();
  await button(colleague, 'Check again').click();
  await heading(colleague, 'This link was taken back').waitFor();
  await colleague.check('15-taken-back');
  await demo.procoreDoes('level', { tool: 'directory', level: 'Read Only' });
});
