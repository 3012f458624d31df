// The main job: from the Concierge page to "Procore is connected".

import assert from 'node:assert/strict';

import { story } from './support/story.mjs';
import { button, field, heading, link, step } from './support/wizard.mjs';

story('a firm admin connects Procore in at most eight clicks', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.check('0-tile');
  let clicks = 0;
  const click = async (control) => {
    clicks += 1;
    await control.click();
  };

  await click(admin.page.getByText('Integrate with Procore', { exact: true }));
  assert.equal(step(admin), 'review');
  await admin.check('1-review');
  const onward = await button(admin, 'Continue').boundingBox();
  assert.ok(onward.y + onward.height <= 1.5 * 900, `Continue stands at ${onward.y} px`);
  await click(button(admin, 'Continue'));

  assert.equal(step(admin), 'credentials');
  await admin.check('2-credentials');
  await field(admin, 'Company ID').fill(demo.procore.company_id);
  await field(admin, 'Client ID').fill(demo.procore.client_id);
  await field(admin, 'Client secret').fill(demo.procore.client_secret);
  await click(button(admin, 'Save and continue'));

  assert.equal(step(admin), 'verify');
  await button(admin, 'Continue').waitFor();
  await admin.check('3-verify-passed');
  await click(button(admin, 'Continue'));

  assert.equal(step(admin), 'settings');
  assert.ok(await field(admin, 'Projects').isChecked(), 'projects are chosen unless somebody says otherwise');
  await field(admin, 'People').check();
  await admin.check('4-settings');
  await click(button(admin, 'Save and continue'));

  assert.equal(step(admin), 'permissions');
  if (!(await button(admin, 'Continue').isVisible())) {
    await click(button(admin, 'Check again'));
    await button(admin, 'Continue').waitFor();
  }
  await admin.check('5-permissions');
  await click(button(admin, 'Continue'));

  assert.equal(step(admin), 'complete');
  await admin.check('6-plan');
  await click(button(admin, 'Complete integration'));
  await heading(admin, 'Procore is connected').waitFor({ timeout: 60_000 });
  await admin.check('7-connected');
  assert.ok(clicks <= 8, `it took ${clicks} clicks`);
  await admin.go(`/firms/${demo.firm.id}/concierge`);
  await admin.check('7-tile-connected');

  // What can be looked at afterwards.
  await admin.page.getByRole('link', { name: 'View integration', exact: true }).click();
  await heading(admin, 'Procore integration').waitFor();
  const details = admin.page.locator('nav.subnav a');
  await details.first().waitFor();
  const pages = await details.evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  assert.ok(pages.length >= 6, `the details have ${pages.length} pages`);
  await bringOfficesToo(admin);
  await changeAnOffice(admin, demo);
  await testOurAddress(admin);
  for (const page of pages) {
    await admin.go(page);
    await admin.check(`8-details-${page.split('/').at(-1)}`);
  }
  await admin.go(`${pages[0]}/activity`);
  await admin.page.getByLabel('Who', { exact: true }).selectOption({ label: 'System' });
  await button(admin, 'Filter').click();
  await admin.page.waitForURL((url) => url.searchParams.has('who'));
  await admin.check('9-activity-filtered');
  await admin.go(`${pages[0]}/data/users`);
  await admin.check('9-records');
  await admin.go(pages[0].replace(/procore$/, 'people'));
  await admin.check('10-people');
  await admin.go('/account');
  await admin.check('11-account');
  await admin.go('/styleguide');
  await admin.check('12-styleguide');
  await admin.go(`${pages[0]}/credentials/replace`);
  await admin.check('13-replace-credentials');
  await disconnect(admin, pages[0]);
});

/** Leaves: refused with the wrong name, and with the right one over at once. */
async function disconnect(admin, details) {
  await admin.go(`${details}/disconnect`);
  await field(admin, 'Company name').fill('Another company');
  await field(admin, 'Also delete the data').check();
  await button(admin, 'Disconnect').click();
  await admin.page.locator('.summary-errors').waitFor();
  await admin.check('14-disconnect-refused');
  const lead = await admin.page.locator('p.lead').textContent();
  await field(admin, 'Company name').fill(lead.split(' will no longer')[0]);
  await button(admin, 'Disconnect').click();
  await admin.page.getByText('Disconnected', { exact: true }).first().waitFor();
  await admin.check('15-disconnected');
}

/** Changes the data after the setup: the effect first, then it is carried out. */
async function bringOfficesToo(admin) {
  await link(admin, 'Settings').click();
  await field(admin, 'Offices').check();
  await button(admin, 'Review changes').click();
  await heading(admin, 'Review changes').waitFor();
  await button(admin, 'Save changes').waitFor({ timeout: 60_000 }); // once Procore was asked
  await admin.check('8-review-changes');
  await button(admin, 'Save changes').click();
  await heading(admin, 'Settings').waitFor();
  // The form is back once everything new was read; a slow machine sees the ledger before.
  await button(admin, 'Review changes').waitFor({ timeout: 60_000 });
  assert.ok(await field(admin, 'Offices').isChecked(), 'the change is done');
}

/** An event of our own comes in through the public address; the page tells it without being reloaded. */
async function testOurAddress(admin) {
  await link(admin, 'Webhooks').click();
  await button(admin, 'Test our address').click();
  await admin.page.locator('#address').getByText('The event arrived,').waitFor();
}

/** Something changes in Procore, and is found in the events and with its record. */
async function changeAnOffice(admin, demo) {
  const fields = { name: 'Harbor Office' };
  await demo.procoreDoes('records', { dataset: 'offices', action: 'create', fields });
  await link(admin, 'Events').click();
  const record = admin.page.getByRole('cell', { name: 'Number ' }).getByRole('link').first();
  while (!(await record.isVisible())) await admin.page.reload();
  await record.click();
  await heading(admin, fields.name).waitFor();
  await admin.check('8-record');
}
