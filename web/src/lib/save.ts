// Lets the browser keep a text as a file.
export function saveFile(pieces: BlobPart[], type: string, name: string): void {
  const address = URL.createObjectURL(new Blob(pieces, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10000);
}
