const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const policy = window.trustedTypes?.createPolicy('symbolon', { createHTML: (text) => text });
const on = addEventListener;
let changed = false;

// Replaces the live parts, else goes to the address.
async function swap(url, push, headers) {
  let answer;
  try {
    answer = await fetch(url, { headers });
    const text = await answer.text();
    const page = new DOMParser().parseFromString(policy?.createHTML(text) ?? text, 'text/html');
    const parts = all('[data-live]');
    const fresh = all('[data-live]', page);
    if (fresh.length !== parts.length) throw page;
    const { id } = document.activeElement;
    for (const [at, part] of parts.entries()) part.replaceWith(fresh[at]);
    document.getElementById(id)?.focus();
    document.title = page.title;
    if (push) history.pushState(null, '', answer.url);
    prepare();
  } catch {
    // Redirected: the visit has ended.
    if (push || answer?.redirected) location.assign(url);
  }
}

// Shows what needs a script, and local times.
function prepare() {
  for (const part of all('[data-js]')) part.hidden = false;
  const { lang, dataset } = document.documentElement;
  if (dataset.zone) return;
  const style = { dateStyle: 'medium', timeStyle: 'long' };
  for (const time of all('[data-moment=""]'))
    time.textContent = new Date(time.dateTime).toLocaleString(lang, style);
  for (const time of all('time')) {
    const text = time.textContent;
    const at = new Date(time.dateTime);
    const zone = String(at).replace(/.*GMT(...)(..).*/, ' $1:$2');
    if (/^.{16}(:..)? UTC$/.test(text))
      time.textContent = at.toLocaleString('sv').slice(0, text.length - 4) + zone;
  }
}

function send(event, form) {
  if (!form?.hasAttribute('data-swap')) return;
  event.preventDefault();
  const fields = [...new FormData(form)].filter(([, value]) => value);
  swap(`${form.getAttribute('action')}?${new URLSearchParams(fields)}`, true);
}

on('change', (event) => {
  const { target } = event;
  if (target.matches('[data-all]')) for (const box of all('[name=id]')) box.checked = target.checked;
  else if (target.form?.hasAttribute('data-warn')) changed = true;
  else if (target.type !== 'checkbox') send(event, target.form);
});
on('submit', (event) => {
  changed = false;
  send(event, event.target);
});
on('input', ({ target }) => {
  if (!target.dataset.filter) return;
  const sought = target.value.toLowerCase();
  for (const one of document.getElementById(target.dataset.filter).children)
    one.hidden = !one.textContent.toLowerCase().includes(sought);
});
on('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy || location.href);
  button.dataset.done = '✓';
});

let last = '';
on('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches(':read-write, select')) return;
  const goal = all('[data-key]').find(({ dataset }) => [key, last + key].includes(dataset.key));
  last = key;
  if (goal) {
    event.preventDefault();
    goal.focus();
    return goal.click();
  }
  const rows = all('.list tbody tr:has(a)');
  const row = rows[rows.indexOf(target.closest('tr')) + { j: 1, k: -1, x: 0 }[key]];
  if (key === 'x') row?.querySelector('[name=id]')?.click();
  else row?.querySelector('a').focus();
});

on('beforeunload', (event) => changed && event.preventDefault());
on('popstate', () => swap(location.href));
setInterval(() => {
  const part = document.querySelector('[data-refresh]');
  if (!part || document.hidden || part.contains(document.activeElement)) return;
  if (!getSelection().isCollapsed || part.querySelector('.ticked :checked')) return;
  swap(location.href, false, { 'Symbolon-Live': '1' });
}, 10_000);

if (!/symbolon-zone=/.test(document.cookie)) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  document.cookie = `symbolon-zone=${timeZone};path=/;max-age=31536000;samesite=lax`;
}
prepare();
