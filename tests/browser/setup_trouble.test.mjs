// What the setup shows when something is in the way, and afterwards.

import assert from 'node:assert/strict';

import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import {
  button, choose, field, heading, link, press, sendCredentials, setup, step, walkTo,
} from './support/wizard.mjs';

const connected = (visitor) => heading(visitor, 'Procore is connected').waitFor({ timeout: 60_000 });
const shows = (visitor, text) => visitor.page.getByRole('main').getByText(text).first().waitFor();

story('a level that is missing is named, and taken away later it holds up one list only', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Northgate Builders');
  const { company_id, client_id } = firm.procore;
  const directory = (level) =>
    demo.procoreDoes('level', { company_id: Number(company_id), client_id, tool: 'Directory', level });
  const admin = await open();
  await walkTo(admin, 'permissions', firm, ['Projects', 'People', 'Offices']);

  await directory('None');
  await button(admin, 'Check again').click();
  await link(admin, 'Choose other data').waitFor();
  await shows(admin, 'Ref PC-LEVEL:directory');
  await admin.check('permissions-failing');

  await directory('Read Only');
  await button(admin, 'Check again').click();
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'complete');

  await demo.procoreDoes('slow', { ms: 60_000, prefix: '/rest/v1.0/offices' });
  await button(admin, 'Complete integration').click();
  await heading(admin, 'Setting up').waitFor();
  await admin.page.getByRole('progressbar', { name: 'All records' }).waitFor();
  await shows(admin, 'Reading offices');
  await admin.check('progress-running');

  await directory('None');
  await demo.procoreDoes('up');
  await button(admin, 'Go on without People').waitFor();
  await admin.check('progress-partial');
  await button(admin, 'Go on without People').click();
  await connected(admin);
  await admin.check('connected-without-people');
});

story('a revoked secret needs a person, who fixes it in place', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Eastfield Concrete');
  const { client_id } = firm.procore;
  const admin = await open();
  await walkTo(admin, 'complete', firm, ['Offices']);

  await demo.procoreDoes('secret/revoke', { client_id, revoke_tokens: true });
  await button(admin, 'Complete integration').click();
  await link(admin, 'Change your Procore details').waitFor();
  assert.equal(await admin.page.getByRole('button', { name: /^Go on without/ }).count(), 0);
  await admin.check('progress-needs-a-person');

  await link(admin, 'Change your Procore details').click();
  await admin.check('credentials-while-setting-up');

  // Somebody else has the new key, and enters it without the admin.
  await admin.go(setup(firm, 'complete'));
  await button(admin, 'Someone else will do this').click();
  await field(admin, 'Enter the Procore details').check();
  await field(admin, 'Name').fill('Dana Fox');
  await field(admin, 'Email').fill('dana@eastfield.example');
  await button(admin, 'Send').click();
  await heading(admin, 'Link for Dana Fox').waitFor();
  const task = new URL(await admin.page.locator('.copy-value').innerText()).pathname;
  await link(admin, 'Back to the setup').click();
  await shows(admin, /^For Dana Fox since .*not opened yet/);
  await admin.check('progress-in-a-colleagues-hands');
  const colleague = await open();
  await colleague.go(task);
  await shows(colleague, 'Procore did not recognise this Client ID and secret');
  await colleague.check('colleague-new-key');
  const client_secret = 'the-new-secret-of-the-app';
  await demo.procoreDoes('secret/replace', { client_id, client_secret });
  await sendCredentials(colleague, { ...firm.procore, client_secret });
  await heading(colleague, 'Thank you, this is done').waitFor({ timeout: 60_000 });
  await connected(admin);

  const details = `/firms/${firm.id}/procore`;
  await admin.go(details);
  await admin.check('details');
  for (const page of ['data', 'webhooks', 'settings', 'permissions', 'credentials', 'activity']) {
    await admin.go(`${details}/${page}`);
    await admin.check(`details-${page}`);
  }
  await admin.go(`${details}/data/offices`);
  await admin.check('records');
  await admin.page.getByRole('rowheader').getByRole('link').first().click();
  await admin.page.getByRole('heading', { name: 'Readings and changes' }).waitFor();
  await admin.check('record');
  await admin.go(`${details}/data/offices?q=nothing%20is%20called%20so`);
  await admin.check('records-none-found');
});

story('a pace that Procore asks for is a wait', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Southbank Interiors');
  const admin = await open();
  await walkTo(admin, 'complete', firm, ['Offices']);

  // A look at an earlier answer comes back to the plan.
  for (const [answer, there] of [
    ['Procore company', 'credentials'],
    ['Data', 'settings'],
  ]) {
    await link(admin, `Change ${answer}`).click();
    assert.equal(step(admin), there);
    await button(admin, 'Save and continue').click();
    assert.equal(step(admin), 'complete', `${answer}: nothing was reset`);
  }

  await demo.procoreDoes('fail', { kind: 'throttle', prefix: '/rest/v1.0/offices', seconds: 900 });
  await button(admin, 'Complete integration').click();
  await shows(admin, 'Ref PC-RATE');
  await admin.check('progress-throttled');
});

story('an outage of Procore is waited out', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Westmoor Roofing');
  const admin = await open();
  await walkTo(admin, 'verify', firm);

  await button(admin, 'Continue').waitFor();
  await demo.procoreDoes('down');
  await button(admin, 'Check again').click();
  await shows(admin, 'Procore is not answering right now');
  await admin.check('verify-waiting');
  await demo.procoreDoes('up');
  await button(admin, 'Check again').click();
  await button(admin, 'Continue').click();

  await button(admin, 'Save and continue').click();
  await button(admin, 'Check again').click();
  await button(admin, 'Continue').click();
  await demo.procoreDoes('down');
  await button(admin, 'Complete integration').click();
  await shows(admin, 'Ref PC-UNREACHABLE');
  await admin.check('progress-unreachable');
  await demo.procoreDoes('up');
});

story('an old page is not saved over a newer one', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Hillcrest Homes');
  const admin = await open();
  await walkTo(admin, 'complete', firm);
  const elsewhere = await open();
  await elsewhere.signIn(firm.admin);
  const chooseElsewhere = async (...data) => {
    await elsewhere.go(setup(firm, 'settings'));
    await choose(elsewhere, data);
    assert.equal(await press(elsewhere, 'Save and continue'), 303);
  };

  await chooseElsewhere('Projects', 'Trades');
  assert.equal(await press(admin, 'Complete integration'), 409);
  await heading(admin, 'This was changed in the meantime').waitFor();
  await admin.check('changed-meanwhile');

  await admin.go(setup(firm, 'settings'));
  await chooseElsewhere('Projects');
  await field(admin, 'Offices').check();
  assert.equal(await press(admin, 'Save and continue'), 409);
  assert.ok(await field(admin, 'Offices').isChecked(), 'what was chosen here is still there');
  await admin.check('settings-changed-meanwhile');

  await admin.go(setup(firm, 'start-again'));
  await admin.check('start-again');
  await button(admin, 'Start again').click();
  assert.equal(step(admin), 'review');
  await admin.check('started-again');
});
