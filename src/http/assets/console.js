const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const policy = window.trustedTypes?.createPolicy('symbolon', { createHTML: (text) => text });
let changed = false;

// Replaces the live parts, else goes to the address.
async function swap(url, push) {
  try {
    const answer = await fetch(url);
    const text = await answer.text();
    const page = new DOMParser().parseFromString(policy?.createHTML(text) ?? text, 'text/html');
    const parts = all('[data-live]').map((part) => [
      part,
      page.querySelector(`[data-live=${part.dataset.live}]`),
    ]);
    if (!answer.ok || !parts[0]?.[1]) throw page;
    const { id } = document.activeElement;
    for (const [part, fresh] of parts) part.replaceWith(document.adoptNode(fresh));
    document.getElementById(id)?.focus();
    document.title = page.title;
    if (push) history.pushState(null, '', answer.url);
    prepare();
  } catch {
    if (push) location.assign(url);
  }
}

// Shows what needs a script, and local times.
function prepare() {
  for (const part of all('[data-js]')) part.hidden = false;
  const { lang, dataset } = document.documentElement;
  if (dataset.zone) return;
  for (const time of all('[data-moment=""]'))
    time.textContent = new Date(time.dateTime).toLocaleString(lang, {
      dateStyle: 'medium',
      timeStyle: 'long',
    });
  for (const time of all('time')) {
    const at = new Date(time.dateTime);
    const zone = String(at).replace(/.*GMT(...)(..).*/, '$1:$2');
    time.textContent = time.textContent.replace(
      /^.{16}(:..)? UTC$/,
      (_, seconds) => `${at.toLocaleString('sv').slice(0, seconds ? 19 : 16)} ${zone}`,
    );
  }
}

function send(event, form) {
  if (!form?.hasAttribute('data-swap')) return;
  event.preventDefault();
  const fields = [...new FormData(form)].filter(([, value]) => value !== '');
  swap(`${form.getAttribute('action')}?${new URLSearchParams(fields)}`, true);
}

document.addEventListener('change', (event) => {
  const { target } = event;
  if (target.matches('[data-all]')) for (const box of all('input[name=id]')) box.checked = target.checked;
  else if (target.form?.hasAttribute('data-warn')) changed = true;
  else if (target.type !== 'checkbox') send(event, target.form);
});
document.addEventListener('submit', (event) => {
  changed = false;
  send(event, event.target);
});
document.addEventListener('input', ({ target }) => {
  if (!target.dataset.filter) return;
  const sought = target.value.toLowerCase();
  for (const one of document.getElementById(target.dataset.filter).children)
    one.hidden = !one.textContent.toLowerCase().includes(sought);
});
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy || location.href);
  button.dataset.done = '✓';
});

let last = '';
document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea')) return;
  const link = last === 'g' && all('[data-key]').find((one) => one.dataset.key === key);
  last = key;
  if (link) return link.click();
  if (key !== '/') return;
  event.preventDefault();
  document.getElementById('goto')?.focus();
});

addEventListener('beforeunload', (event) => changed && event.preventDefault());
addEventListener('popstate', () => swap(location.href));
setInterval(() => {
  const part = document.querySelector('[data-refresh]');
  if (!part || document.hidden || part.contains(document.activeElement)) return;
  if (!getSelection().isCollapsed || part.querySelector('.ticked :checked')) return;
  swap(location.href);
}, 10_000);

if (!/symbolon-zone=/.test(document.cookie)) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API.
  document.cookie = `symbolon-zone=${timeZone};path=/;max-age=31536000;samesite=lax`;
}
prepare();
