#!/bin/sh
# Makes the bundled recording: a minute of a football commentary by two espeak-ng voices, over the noise
# of a crowd that gets louder with each chance. Writes scripts/demo/assets/commentary.{mp3,opus}.
#
# Needs espeak-ng, sox, lame and opusenc. The result is committed; run this only to change it.
set -eu

assets="$(cd "$(dirname "$0")/.." && pwd)/scripts/demo/assets"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$assets"

# voice | words a minute | pitch | seconds of pause behind it | the line
cat > "$work/script" <<'LINES'
en-gb-x-rp|165|42|0.5|Good evening, and welcome to a full house under the lights. Flamengo in red and black, Fluminense in their stripes.
en-us|160|58|0.4|Thank you, Martin. Listen to that noise. They have been singing for two hours already.
en-gb-x-rp|175|44|0.2|We are under way! Fluminense kick off, from left to right.
en-gb-x-rp|185|46|0.2|Flamengo win it back at once. Quick feet on the edge of the circle, and now there is space on the right.
en-gb-x-rp|205|54|0.1|Here comes the cross, it is deep, he rises at the far post!
en-gb-x-rp|215|66|0.9|Goal! Goal for Flamengo! The number nine finds the top corner!
en-us|170|60|0.3|What a header that is. He hangs in the air, and the keeper can only watch it go by.
en-gb-x-rp|170|42|0.3|One nil, with twenty three minutes played, and Fluminense have a mountain to climb.
en-gb-x-rp|190|48|0.3|Straight from the restart, a late challenge in midfield. The referee reaches for his pocket.
en-us|165|57|0.3|Yellow card, and no complaints. He was nowhere near the ball.
en-gb-x-rp|172|43|0.8|The free kick is thirty yards out. The wall is set, the whistle goes, and we play on.
LINES

number=10
while IFS='|' read -r voice speed pitch pause line; do
  espeak-ng -v "$voice" -s "$speed" -p "$pitch" -w "$work/line.wav" "$line"
  sox "$work/line.wav" -r 44100 -c 1 "$work/say$number.wav" \
    gain -9 highpass 120 equalizer 2800 1.2q +3 gain -n -4 pad 0 "$pause"
  number=$((number + 1))
done < "$work/script"
sox "$work"/say*.wav "$work/speech.wav" pad 1.2 0.8 \
  gain -6 compand 0.005,0.15 6:-70,-60,-36,-16,-8,-7 0 -90 0.02 gain -n -2
seconds="$(soxi -D "$work/speech.wav")"
# The crowd is loudest at the goal, the sixth line.
roar_at="$(soxi -D "$work"/say1[0-4].wav | awk '{ sum += $1 } END { print sum + 1.2 }')"

# The crowd is pink noise in the frequency range of voices, with changing loudness.
sox -R -n -r 44100 -c 1 "$work/crowd.wav" synth "$seconds" pinknoise bandpass 620 0.9q \
  tremolo 0.23 45 tremolo 0.71 25 gain -n -21
sox -R -n -r 44100 -c 1 "$work/roar.wav" synth 6.5 pinknoise bandpass 900 0.8q \
  fade l 0.5 6.5 5.0 gain -n -12 pad "$roar_at"
# The referee: two blasts of a pea whistle at kick-off.
sox -R -n -r 44100 -c 1 "$work/whistle.wav" synth 0.5 sine 2950 synth 0.5 sine amod 38 \
  fade q 0.02 0.5 0.08 gain -n -22 pad "$(soxi -D "$work"/say1[01].wav | awk '{ sum += $1 } END { print sum + 0.9 }')"

sox -R -m -v 1 "$work/speech.wav" -v 1 "$work/crowd.wav" -v 1 "$work/roar.wav" -v 1 "$work/whistle.wav" \
  "$work/mix.wav" trim 0 "$seconds" fade q 0.4 "$seconds" 0.8 gain -n -1.5

lame --quiet -m m --resample 44.1 -b 64 --cbr --tt "Commentary" --ta "Streamer" \
  "$work/mix.wav" "$assets/commentary.mp3"
opusenc --quiet --bitrate 40 --serial 1 --title "Commentary" --artist "Streamer" \
  "$work/mix.wav" "$assets/commentary.opus"
ls -l "$assets"/commentary.*
