/*
 * scripts/bench/search: broadcasts with names as people give them, for the bench of the search (../search.ts).
 *
 * In: a number and a seed. Out: that many broadcasts, the same each time. A few hundred teams are in most of
 * them, thousands in a few, as on a Saturday with all leagues; titles have rounds, cups and who comments.
 * misspelling.ts is the other half: what people type instead.
 */
import { SeededRng } from "../../../shared/core/rng.ts";
import type { Searchable } from "../../../server/directory/broadcast_search.ts";

const CLUBS = listOf(
  `Flamengo, Santos, Fluminense, Vasco da Gama, Botafogo, Palmeiras, Corinthians, São Paulo, Grêmio,
Internacional, Atlético Mineiro, Cruzeiro, Bahia, Vitória, Ceará, Fortaleza, Sport Recife, Náutico, Goiás,
Coritiba, Athletico Paranaense, Chapecoense, Avaí, Criciúma, Boca Juniors, River Plate, Racing Club, San Lorenzo,
Independiente, Newell's Old Boys, Rosario Central, Estudiantes, Peñarol, Nacional, Colo-Colo, Universidad de Chile,
Olimpia, Cerro Porteño, Alianza Lima, Sporting Cristal, Real Madrid, Barcelona, Atlético Madrid, Athletic Bilbao,
Real Sociedad, Sevilla, Betis, Valencia, Villarreal, Celta Vigo, Deportivo La Coruña, Benfica, Porto, Sporting,
Braga, Vitória Guimarães, Manchester United, Manchester City, Liverpool, Everton, Arsenal, Chelsea, Tottenham Hotspur,
West Ham United, Newcastle United, Aston Villa, Wolverhampton Wanderers, Nottingham Forest, Leeds United, Celtic,
Rangers, Hearts, Hibernian, Bayern München, Borussia Dortmund, Borussia Mönchengladbach, Schalke 04, Hamburger SV,
Werder Bremen, VfB Stuttgart, Eintracht Frankfurt, 1. FC Köln, Hertha BSC, Union Berlin, Juventus, Milan, Inter,
Roma, Lazio, Napoli, Fiorentina, Atalanta, Torino, Sampdoria, Paris Saint-Germain, Olympique Marseille,
Olympique Lyonnais, Monaco, Lille, Saint-Étienne, Ajax, PSV Eindhoven, Feyenoord, Anderlecht, Club Brugge, Standard Liège,
Malmö FF, AIK, Djurgården, IFK Göteborg, Rosenborg, Brann, Bodø/Glimt, København, Brøndby, Midtjylland, HJK Helsinki,
Legia Warszawa, Lech Poznań, Wisła Kraków, ŁKS Łódź, Śląsk Wrocław, Sparta Praha, Slavia Praha, Ferencváros,
Steaua București, Dinamo Zagreb, Hajduk Split, Crvena Zvezda, Partizan, Olympiacos, Panathinaikos, ΠΑΟΚ, Galatasaray,
Fenerbahçe, Beşiktaş, Trabzonspor, İstanbul Başakşehir, Шахтар Донецьк, Динамо Київ, Зенит, Спартак Москва,
Al Ahly, Zamalek, Raja Casablanca, Wydad, Espérance de Tunis, Kaizer Chiefs, Orlando Pirates, 浦和レッズ, 鹿島アントラーズ,
전북 현대, Guangzhou, Melbourne Victory, LA Galaxy, Seattle Sounders, Toronto FC, Club América, Chivas Guadalajara,
Cruz Azul, Pumas UNAM, Tigres UANL, Monterrey`,
);
const KINDS = listOf(
  `FC, SC, Atlético, Deportivo, União, Sporting, Real, Racing, Esporte Clube, SV, TSV, Dynamo, United,
Rovers, Olympique, Stade, Unión, Juventud, Academia, Calcio`,
);
const BEGINNINGS = listOf(
  `Al, Bar, Bel, Bra, Cam, Can, Cas, Cor, Dor, Es, Fer, Flo, Gar, Gua, Ham, Her, Ita, Jar, Kal, Lan,
Lim, Mar, Mon, Nor, Oli, Par, Pin, Quer, Ros, San, Sal, Tor, Tri, Val, Ver, Vil, War, Wes, Xan, Zar`,
);
const MIDDLES = listOf(
  `a, an, ba, bu, da, de, di, er, gue, i, ka, le, li, ma, mi, na, ne, no, o, pe, ra, ri, ro, sa, ta, te,
ti, to, va, ve`,
);
const ENDINGS = listOf(
  `burg, bury, ça, chester, ção, dale, do, feld, ford, ga, gen, ham, hausen, lho, má, nia, nova, polis,
quara, ria, rinho, rona, stad, tal, ton, tuba, vik, ville, vo, zzo`,
);
const SPORTS = listOf(
  `Football, Futebol, Fútbol, Fußball, Futsal, Handball, Hockey, Rugby, Basketball`,
);
const CUPS = listOf(
  `Brasileirão, Copa do Brasil, Libertadores, Primera División, Bundesliga, Kreisliga, FA Cup`,
);
const FIRST_NAMES = listOf(
  `João, Maria, José, Ana, Luís, Jürgen, Ewa, Søren, Chloé, Ömer, Peter, Olga`,
);

function listOf(text: string): readonly string[] {
  return text.split(/,\s+/);
}

/** Draws names. */
class Names {
  readonly #rng: SeededRng;
  readonly #teams: readonly string[];

  constructor(rng: SeededRng, teams: number) {
    this.#rng = rng;
    const made = Array.from({ length: teams }, () => `${this.pick(KINDS)} ${this.town()}`);
    this.#teams = [...CLUBS, ...made];
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#rng.float() * items.length)]!;
  }

  town(): string {
    const middle = this.pick(MIDDLES) + (this.#rng.float() < 0.5 ? this.pick(MIDDLES) : "");
    return this.pick(BEGINNINGS) + middle + this.pick(ENDINGS);
  }

  /** The tenth team of the list is met ten times as often as the hundredth. */
  team(): string {
    return this.#teams[Math.floor(this.#teams.length ** this.#rng.float()) - 1]!;
  }

  title(home: string, away: string): string {
    const round = 1 + Math.floor(this.#rng.float() * 38);
    return this.pick([
      `${home} x ${away}`,
      `${home} - ${away}`,
      `${home} vs ${away}, ${this.pick(CUPS)}, round ${round}`,
      `${this.pick(CUPS)}: ${home} x ${away}`,
      `${home} x ${away} with ${this.pick(FIRST_NAMES)} ${this.town()}`,
    ]);
  }
}

/** @param count of these, a twentieth as many teams are made up beside the known ones. */
export function madeUpBroadcasts(count: number, seed: number): readonly Searchable[] {
  const names = new Names(new SeededRng(seed), Math.ceil(count / 20));
  return Array.from({ length: count }, (_, index) => {
    const [home, away] = [names.team(), names.team()];
    const id = index.toString(16).padStart(16, "0");
    return { id, title: names.title(home, away), sport: names.pick(SPORTS), home, away };
  });
}
