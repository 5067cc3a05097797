/** Hertz, and seconds. */
const [PITCH, LENGTH] = [880, 0.35];
let context: AudioContext | undefined;

/** Two short soft notes. Browsers allow it once the person has pressed something. */
export function chime(): void {
  context ??= new AudioContext();
  // Some browsers stop it with the screen.
  void context.resume();
  const { currentTime: now, destination } = context;
  for (const [note, pitch] of [PITCH, PITCH * 1.25].entries()) {
    const start = now + (note * LENGTH) / 2;
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setTargetAtTime(0.2, start, 0.01);
    volume.gain.setTargetAtTime(0, start + LENGTH / 3, 0.08);
    tone.connect(volume).connect(destination);
    tone.start(start);
    tone.stop(start + LENGTH);
  }
}
