/** Cuts text into lines. */
export class TextLineStream extends TransformStream<string, string> {
  constructor() {
    let unfinished = "";
    super({
      transform(text, controller) {
        const lines = (unfinished + text).split("\n");
        unfinished = lines.pop()!;
        for (const line of lines) controller.enqueue(line);
      },
    });
  }
}
