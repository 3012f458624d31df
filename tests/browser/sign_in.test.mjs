// Signing in, and the first page behind it, in the host product's own look.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { demoIn, story } from './support/story.mjs';

// As heavy as a logo may be: the first view of a page stays light enough with it.
const padding = randomBytes(8_800).toString('base64');
const logo = path.join(mkdtempSync(path.join(tmpdir(), 'concierge-logo-')), 'logo.svg');
writeFileSync(
  logo,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 112 28"><path fill="#7a1f5c" d="M2 26 14 2l12 24h-6l-6-13-6 13zM34 6h12v4H34zm0 9h18v4H34zm0 9h10v-2H34zM58 6h50v13H58z"/><!--${padding}--></svg>`,
);
after(() => rmSync(path.dirname(logo), { recursive: true }));
demoIn({
  CONCIERGE_PRODUCT_NAME: 'Acme Build',
  CONCIERGE_LOGO_FILE: logo,
  CONCIERGE_ACCENT: '#7a1f5c',
  CONCIERGE_HELP_URL: 'https://help.example.com/procore',
  CONCIERGE_SUPPORT_CONTACT: 'help@example.com or +1 555 010 0199',
});

story('an admin signs in and stands before the Procore tile', async ({ demo, open }) => {
  const admin = await open();
  await admin.go('/');
  await admin.check('sign-in');

  await admin.signIn(demo.admin);

  assert.equal(new URL(admin.page.url()).pathname, `/firms/${demo.firm.id}/concierge`);
  const { page } = admin;
  const main = page.getByText('Integrate with Procore', { exact: true });
  await main.waitFor();
  const mark = page.getByRole('banner').getByRole('img', { name: 'Acme Build' });
  assert.ok(await mark.evaluate((image) => image.complete && image.naturalWidth > 0), 'the logo is shown');
  const colour = await main.evaluate((button) => getComputedStyle(button).backgroundColor);
  assert.equal(colour, 'rgb(122, 31, 92)', 'the accent');
  const help = page.getByRole('banner').getByRole('link', { name: 'Help', exact: true });
  assert.equal(await help.getAttribute('href'), 'https://help.example.com/procore');
  for (const [name, href] of [
    ['help@example.com', 'mailto:help@example.com'],
    ['+1 555 010 0199', 'tel:+15550100199'],
  ]) {
    const contact = page.getByRole('contentinfo').getByRole('link', { name });
    assert.equal(await contact.getAttribute('href'), href);
  }
  await admin.check('concierge');
});

story('a wrong password is refused and the address is kept', async ({ demo, open }) => {
  const admin = await open();
  await admin.go('/sign-in');
  await admin.page.getByLabel('Email', { exact: true }).fill(demo.admin.email);
  await admin.page.getByLabel('Password', { exact: true }).fill('not the password');
  await admin.page.getByRole('button', { name: 'Sign in', exact: true }).click();

  await admin.page.getByRole('alert').waitFor();
  assert.match(await admin.page.title(), /^Error: /);
  assert.equal(await admin.page.getByLabel('Email', { exact: true }).inputValue(), demo.admin.email);
  assert.equal(await admin.page.getByLabel('Password', { exact: true }).inputValue(), '');
  await admin.check('refused');
});

story('signing in leads to the page that was asked for, without scripts too', async ({ demo, open }) => {
  const admin = await open({ javaScript: false });
  const wanted = `/firms/${demo.firm.id}/procore/setup/review`;
  await admin.page.goto(wanted);
  await admin.page.getByLabel('Email', { exact: true }).fill(demo.admin.email);
  await admin.page.getByLabel('Password', { exact: true }).fill(demo.admin.password);
  await admin.page.getByRole('button', { name: 'Sign in', exact: true }).click();

  await admin.page.waitForURL(wanted);
  await admin.check('review');
});

story('what is not there is said on a page', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go('/firms/00000000-0000-4000-8000-000000000000/concierge', 404);
  await admin.check('not-found');
});
