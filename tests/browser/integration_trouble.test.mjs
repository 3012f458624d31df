// An integration that breaks after "done", and one that ends while Procore refuses to let us go.

import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, link, walkTo } from './support/wizard.mjs';

const connected = (visitor) => heading(visitor, 'Procore is connected').waitFor({ timeout: 60_000 });
const shows = (visitor, text) => visitor.page.getByRole('main').getByText(text).first().waitFor();

// Something that is waited for: `come` is kept once `comes` is called.
function moment() {
  let comes;
  const come = new Promise((kept) => {
    comes = kept;
  });
  return { come, comes };
}

async function connectedFirm({ demo, open }, name) {
  const firm = await newFirm(demo, name);
  const admin = await open();
  await walkTo(admin, 'complete', firm, ['Offices']);
  await button(admin, 'Complete integration').click();
  await connected(admin);
  return { firm, admin, details: `/firms/${firm.id}/procore` };
}

story('a removal that Procore refuses is told until it is over', async (around) => {
  const { firm, admin, details } = await connectedFirm(around, 'Quayside Builders');
  const { company_id, client_id } = firm.procore;
  await admin.go(`${details}/disconnect`);
  await admin.check('1-disconnect');
  const name = (await admin.page.locator('p.lead').textContent()).split(' will no longer')[0];
  await around.demo.procoreDoes('level', {
    company_id: Number(company_id), client_id, tool: 'Webhooks API', level: 'None',
  });
  await field(admin, 'Company name').fill(name);
  await button(admin, 'Disconnect').click();
  // The page says so by itself.
  const refused = admin.page.getByRole('main').getByText(/Procore does not let us remove our webhook/);
  await refused.first().waitFor({ timeout: 60_000 });
  await shows(admin, /the Client secret is kept encrypted/);
  await admin.page.getByText('By hand:').first().click();
  await admin.check('2-removal-refused');

  await button(admin, 'Connect again').click();
  await admin.go(`/firms/${firm.id}/concierge`);
  await link(admin, 'View removal').waitFor();
  await admin.check('3-tile-beside-removal');
  await link(admin, 'View removal').click();
  await shows(admin, /Procore does not let us remove our webhook/);
  await admin.check('4-removal');
});

story('what broke is shown with its remedy, and found over at once', async (around) => {
  const { firm, admin, details } = await connectedFirm(around, 'Lockgate Interiors');
  const { company_id, client_id } = firm.procore;
  const directed = { company_id: Number(company_id), client_id };
  await around.demo.procoreDoes('uninstall', directed);
  await admin.go(details);
  await button(admin, 'Check now').click();
  await shows(admin, 'Broken');
  await shows(admin, 'Ref PC-NOT-INSTALLED');
  await admin.check('5-broken');
  await admin.go(`/firms/${firm.id}/concierge`);
  await admin.check('6-tile-broken');
  await around.demo.procoreDoes('reinstall', { ...directed, all_projects: true });
  await admin.go(details);
  await button(admin, 'Reconnect').click();
  await shows(admin, 'Healthy');
  await admin.check('7-reconnected');
  await button(admin, 'Pause').click();
  await shows(admin, 'Paused');
  await admin.check('8-paused');
  await admin.go(`${details}/events`);
  await admin.check('9-events-none');
});

story('a button that is pressed while its page is read again keeps its click', async (around) => {
  const { admin, details } = await connectedFirm(around, 'Millrace Joinery');
  const { page } = admin;
  await around.demo.procoreDoes('down', { how: 'drop' }); // so that the look goes on
  await admin.go(details);
  await button(admin, 'Check now').click();
  await shows(admin, 'Asking Procore now');

  // The next reading differs from what is shown, and comes while the button is pressed.
  const [reading, pressed, read] = [moment(), moment(), moment()];
  await page.route(`**${details}`, async (route) => {
    if (!route.request().headers()['x-refresh']) return route.continue();
    const response = await route.fetch();
    const body = (await response.text()).replace('id="health"', 'id="health" data-read-again');
    reading.comes();
    await pressed.come;
    await route.fulfill({ response, body });
    return read.comes();
  });
  await reading.come;
  await link(admin, 'Webhooks').first().focus(); // which the press takes the focus from
  await button(admin, 'Pause').hover();
  await page.mouse.down();
  pressed.comes();
  await read.come;
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });
  await page.mouse.up();
  await shows(admin, 'Paused');
});
