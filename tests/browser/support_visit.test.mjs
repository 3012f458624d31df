// Support visits a firm: looks, acts with its consent, and leaves.

import assert from 'node:assert/strict';

import { offered, signInSupport } from './support/desk.mjs';
import { story } from './support/story.mjs';
import { button, heading, isRefused, step } from './support/wizard.mjs';

/** Opens the demo firm's case. */
async function openCase(demo, support) {
  await support.go('/support');
  await support.page.getByRole('link', { name: demo.firm.name }).first().click();
  await heading(support, demo.firm.name).waitFor();
}

/** Presses a case's button, and its button on the page that says what will happen. */
async function act(support, name, { check } = {}) {
  await (await offered(support, name)).click();
  await heading(support, name).waitFor();
  if (check) await support.check(check);
  await support.page.getByLabel('Reason', { exact: true }).fill('They asked on the phone');
  await button(support, name).click();
}

story('support looks, asks, acts for the firm and leaves; the firm decides', async ({ demo, open }) => {
  const support = await open();
  await signInSupport(support, demo);
  await openCase(demo, support);
  await support.check('case');

  await (await offered(support, 'View as')).click();
  await isRefused(support, 'View as', { says: 'Enter a reason', at: 'reason' });
  await support.page.getByLabel('Reason', { exact: true }).fill('They asked on the phone');
  await support.check('view-as-question');
  await button(support, 'View as').click();
  await heading(support, 'Concierge').waitFor();
  await support.check('view-as');
  await support.page.getByRole('link', { name: 'Integrate with Procore' }).click();
  assert.ok(await button(support, 'Continue').isDisabled(), 'only the firm presses it');
  await support.check('view-as-review');
  // Whoever presses it anyway is refused.
  await support.page.evaluate(() => document.querySelector('fieldset[disabled]').removeAttribute('disabled'));
  await button(support, 'Continue').click();
  await heading(support, 'You are viewing as the firm').waitFor();
  await support.check('view-as-refused');
  await button(support, 'End view').click();
  await heading(support, demo.firm.name).waitFor();

  await (await offered(support, 'Act for the firm')).click();
  await support.check('no-consent');
  await support.page.getByRole('link', { name: 'Ask for consent' }).click();
  await support.page.getByLabel('What you would do for the firm').fill('Read the first step for you');
  await support.page.getByLabel('Reason', { exact: true }).fill('They asked on the phone');
  await support.check('ask-consent');
  await button(support, 'Ask for consent').click();
  await heading(support, demo.firm.name).waitFor();

  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByRole('link', { name: 'Support access' }).click();
  await admin.page.getByText('Read the first step for you').waitFor();
  await admin.check('support-access-asked');
  await button(admin, 'Let support act for us for 7 days').click();
  await button(admin, 'Stop it now').waitFor();
  await admin.check('support-access-given');

  await act(support, 'Act for the firm', { check: 'act-for-question' });
  await heading(support, 'Concierge').waitFor();
  await support.check('act-for');
  await support.page.getByRole('link', { name: 'Integrate with Procore' }).click();
  await button(support, 'Continue').click();
  await support.page.getByText('Only the firm enters its client secret').waitFor();
  assert.equal(step(support), 'credentials');
  await support.check('act-for-credentials');

  await button(admin, 'Stop it now').click();
  await button(admin, 'Let support act for us for 7 days').waitFor();
  await support.page.reload();
  await heading(support, 'You are not on this firm’s pages').waitFor();
  await support.check('visit-over');

  await openCase(demo, support);
  await (await offered(support, 'Reopen a step')).click();
  await support.check('reopen-step');
  await openCase(demo, support);
  await act(support, 'Close as abandoned', { check: 'close' });
  await heading(support, demo.firm.name).waitFor();
  await admin.go(`/firms/${demo.firm.id}/concierge`);
  await admin.page.getByText('closed the setup').waitFor();
  await admin.check('closed');

  await act(support, 'Reopen', { check: 'reopen' });
  await admin.page.reload();
  await admin.page.getByRole('link', { name: 'Continue setup' }).waitFor();
});
