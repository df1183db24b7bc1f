// Monaco and Radix make <style> elements as they go. Giving each the page's nonce lets the
// policy refuse every style element that did not come from our own scripts.
const nonce = document.querySelector('link[nonce]').nonce;
const createElement = document.createElement;

document.createElement = function (name, options) {
  const element = createElement.call(this, name, options);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
};
