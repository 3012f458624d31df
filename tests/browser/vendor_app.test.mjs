// Connecting by the vendor's own app: sign in with Procore, choose the company, done.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { newFirm } from './support/firm.mjs';
import { linkIn } from './support/mail.mjs';
import { demoWith, story } from './support/story.mjs';
import { button, field, heading, setup, step } from './support/wizard.mjs';

demoWith('--vendor-app');

const summary = (visitor, text) => visitor.page.locator('summary', { hasText: text });

/** Signs in at Procore's own page, as `person`, and comes back. */
async function allow(visitor, person) {
  await visitor.page.waitForURL((url) => url.pathname === '/oauth/authorize');
  await visitor.page.getByLabel('Log in as').selectOption({ label: person });
  await button(visitor, 'Allow').click();
}

story('a firm admin connects Procore by installing the app in at most nine clicks', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  let clicks = 0;
  const click = async (control) => {
    clicks += 1;
    await control.click();
  };
  await click(admin.page.getByText('Integrate with Procore', { exact: true }));
  await click(button(admin, 'Continue'));
  assert.equal(step(admin), 'credentials');
  await admin.check('1-sign-in');
  await click(button(admin, 'Sign in with Procore'));
  await allow(admin, 'Dana Whitfield (dana.whitfield@harborlane.example)');
  await button(admin, 'Use this company').waitFor();
  await admin.check('2-companies');
  assert.ok(await admin.page.getByLabel(new RegExp(demo.procore.company_id)).isChecked(), 'the only one is chosen');
  await click(button(admin, 'Use this company'));
  assert.equal(step(admin), 'verify');
  await button(admin, 'Continue').waitFor();
  await admin.check('3-verified');
  await click(button(admin, 'Continue'));
  assert.equal(step(admin), 'settings');
  await click(button(admin, 'Save and continue'));
  assert.equal(step(admin), 'permissions');
  if (!(await button(admin, 'Continue').isVisible())) {
    await click(button(admin, 'Check again'));
    await button(admin, 'Continue').waitFor();
  }
  await click(button(admin, 'Continue'));
  assert.equal(step(admin), 'complete');
  await click(button(admin, 'Complete integration'));
  await heading(admin, 'Procore is connected').waitFor({ timeout: 60_000 });
  assert.ok(clicks <= 9, `it took ${clicks} clicks`);

  const details = `/firms/${demo.firm.id}/procore`;
  await admin.go(`${details}/credentials`);
  await admin.check('4-credentials');
  await admin.go(`${details}/credentials/replace`);
  await admin.check('5-replace');
  await admin.go(`${details}/disconnect`);
  await admin.check('6-disconnect');
});

story('who waits for the install sees it by themselves, and has to prove it', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Quay Works');
  const company = Number(firm.procore.company_id);
  await demo.procoreDoes('people-see-all-companies', { on: true });
  await demo.procoreDoes('person', { company_id: company, client_id: firm.procore.client_id, name: 'Kim Lee', login: 'kim@quay.example', admin: true });
  const admin = await open();
  await admin.signIn(firm.admin);
  await admin.go(setup(firm, 'review'));
  await button(admin, 'Continue').click();
  await button(admin, 'Sign in with Procore').click();
  await admin.page.waitForURL((url) => url.pathname === '/oauth/authorize');
  await button(admin, 'Deny').click();
  await admin.page.getByText('You did not let our app in').waitFor();
  await admin.check('10-cancelled');

  await button(admin, 'Sign in with Procore').click();
  await allow(admin, 'Kim Lee (kim@quay.example)');
  await admin.page.locator('#install').getByText('We look for our app in').waitFor();
  await summary(admin, 'My company is not listed').click();
  await admin.check('11-waiting');
  await field(admin, 'Number of the company').fill('none');
  await button(admin, 'Tell me when it is installed').click();
  await admin.page.locator('.summary-errors').waitFor();
  await admin.check('12-number-refused');
  await admin.go(setup(firm, 'credentials'));

  await demo.procoreDoes('reinstall', { company_id: company, client_id: demo.procore.client_id, all_projects: true });
  await admin.page.locator('#install').getByText('Sign in with Procore once more').waitFor({ timeout: 120_000 });
  await admin.check('13-installed');
  await button(admin, 'Sign in with Procore').click();
  await allow(admin, 'Kim Lee (kim@quay.example)');
  await admin.page.getByLabel(new RegExp(String(company))).check();
  await button(admin, 'Use this company').click();
  assert.equal(step(admin), 'verify');
});

story('a colleague without an account proves it by their link', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Pier Works');
  const company = Number(firm.procore.company_id);
  await demo.procoreDoes('reinstall', { company_id: company, client_id: demo.procore.client_id, all_projects: true });
  await demo.procoreDoes('person', { company_id: company, client_id: demo.procore.client_id, name: 'Lou Berg', login: 'lou@pier.example', admin: true });
  const admin = await open();
  await admin.signIn(firm.admin);
  await admin.go(setup(firm, 'review'));
  await button(admin, 'Continue').click();
  await admin.go(`/firms/${firm.id}/procore/setup/hand-over?from=credentials`);
  await field(admin, 'Name').fill('Lou Berg');
  await field(admin, 'Email').fill('lou@pier.example');
  await button(admin, 'Send').click();
  const path = await linkIn({ demo, open }, 'lou@pier.example', 'handover');
  const lou = await open();
  await lou.go(path);
  await lou.check('20-colleague');
  await button(lou, 'Sign in with Procore').click();
  await allow(lou, 'Lou Berg (lou@pier.example)');
  await lou.page.getByLabel(new RegExp(String(company))).check();
  await lou.check('21-colleague-chooses');
  await button(lou, 'Use this company').click();
  await button(lou, 'Done').waitFor({ timeout: 60_000 });
  await lou.check('22-colleague-done');
});

story('a lead sees how the app fares', async ({ demo, open }) => {
  const support = await open();
  await signInSupport(support, demo);
  await support.go('/support/app');
  await heading(support, 'Our Procore app').waitFor();
  await support.check('30-app');
});
