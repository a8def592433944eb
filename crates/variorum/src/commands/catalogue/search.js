// Finds prompts by words, from the list in search-index.js. The page is complete without it.
(function () {
  'use strict';
  var all = window.variorumCatalogue;
  var form = document.getElementById('search');
  if (!all || !form) return;
  var input = form.querySelector('input');
  var found = document.getElementById('found');
  var count = document.getElementById('count');
  function plain(text) {
    return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  }
  var texts = all.map(function (one) {
    return plain([one.title, one.id, one.intent, one.owner, one.category].join(' '));
  });
  function show() {
    var words = plain(input.value).split(/\s+/).filter(Boolean);
    found.textContent = '';
    if (words.length === 0) {
      count.textContent = '';
      return;
    }
    var hits = all.filter(function (_, place) {
      return words.every(function (word) {
        return texts[place].indexOf(word) >= 0;
      });
    });
    count.textContent = hits.length === 1 ? '1 prompt' : hits.length + ' prompts';
    hits.slice(0, 100).forEach(function (one) {
      var item = document.createElement('li');
      var link = document.createElement('a');
      link.href = one.href;
      link.textContent = one.title;
      item.appendChild(link);
      item.appendChild(document.createTextNode(one.intent ? ': ' + one.intent : ''));
      found.appendChild(item);
    });
  }
  form.hidden = false;
  form.addEventListener('submit', function (event) {
    event.preventDefault();
  });
  input.addEventListener('input', show);
  show();
})();
