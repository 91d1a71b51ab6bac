// A description of elements, and one function that makes the page so. What has not changed is left alone: focus, selection and scrolling stay.
// Text is only ever set as text: nothing that a node or a peer says becomes markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "text", "rect", "circle"]);

/** An element: its tag, its attributes (handlers as onclick, styles as an object), its children. False and null children are left out. */
export function h(tag, attributes, ...children) {
  return { tag, attributes: attributes ?? {}, children: children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false && child !== "") };
}

/** Makes the children of an element what is described. */
export function patch(parent, ...children) {
  update(parent, children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false && child !== ""));
}

function update(parent, wanted) {
  wanted.forEach((child, index) => {
    const there = parent.childNodes[index];
    if (typeof child !== "object") {
      const text = String(child);
      if (there?.nodeType === Node.TEXT_NODE) {
        if (there.nodeValue !== text) there.nodeValue = text;
      } else if (there) {
        parent.replaceChild(document.createTextNode(text), there);
      } else {
        parent.appendChild(document.createTextNode(text));
      }
      return;
    }
    let element = there;
    if (!there || there.nodeType !== Node.ELEMENT_NODE || there.localName !== child.tag || there.dataset.key !== keyOf(child)) {
      element = SVG_TAGS.has(child.tag) ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
      if (there) parent.replaceChild(element, there);
      else parent.appendChild(element);
    }
    attributes(element, child.attributes);
    update(element, child.children);
  });
  while (parent.childNodes.length > wanted.length) parent.removeChild(parent.lastChild);
}

function keyOf(child) {
  return child.attributes.key === undefined ? undefined : String(child.attributes.key);
}

function attributes(element, wanted) {
  const before = element.described ?? {};
  for (const name of Object.keys(before)) if (!(name in wanted) || wanted[name] === false || wanted[name] === null || wanted[name] === undefined) clear(element, name);
  for (const [name, value] of Object.entries(wanted)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element[name] = value;
    else if (name === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else if (name === "key") element.dataset.key = String(value);
    else if (before[name] !== value) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.described = wanted;
}

function clear(element, name) {
  if (name.startsWith("on")) element[name] = null;
  else if (name === "style") element.removeAttribute("style");
  else if (name === "key") delete element.dataset.key;
  else element.removeAttribute(name);
}
