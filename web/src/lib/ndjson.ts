// Objects out of a stream of lines that arrives in pieces.
export function lineSplitter(onLine: (line: string) => void): {
  push(piece: string): void;
  end(): void;
} {
  let rest = '';
  return {
    push(piece) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.trim()) {
          onLine(line);
        }
      }
    },
    end() {
      if (rest.trim()) {
        onLine(rest);
      }
      rest = '';
    },
  };
}
