// Signing in, and the first page behind it.

import assert from 'node:assert/strict';

import { story } from './support/story.mjs';

story('an admin signs in and stands before the Procore tile', async ({ demo, open }) => {
  const admin = await open();
  await admin.go('/');
  await admin.check('sign-in');

  await admin.signIn(demo.admin);

  assert.equal(new URL(admin.page.url()).pathname, `/firms/${demo.firm.id}/concierge`);
  await admin.page.getByText('Integrate with Procore', { exact: true }).waitFor();
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
