// Buttons that print the page they stand on.
document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-prints]")) window.print();
});

export {};
