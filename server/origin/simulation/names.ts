/** Names from many countries; the players made from them are fictitious. */
export const GIVEN_NAMES = {
  women: words(
    `Adaeze Aiko Amara Ana Astrid Ayla Beatriz Camila Carolina Chiara Clara Dandara Débora Eleni
    Elif Emma Esther Fatou Freya Gabriela Hana Helena Imani Inês Ingrid Isadora Jasmin Jia Joana
    Kadija Katya Lara Leila Lívia Luana Maite Maren Mariana Mei Milena Nadia Naima Nina Noor Olivia
    Paloma Priya Rafaela Renata Rosa Saanvi Sara Selma Sofia Talita Tereza Valentina Yara Yuki Zoe`,
  ),
  men: words(
    `Abel Adrian Akira Amadou André Anton Arthur Ben Bruno Caio Chidi Daniel Davi Diego Eduardo Elias
    Emeka Emil Enzo Esteban Felipe Gael Goran Hakim Hugo Ibrahim Idris Igor Ivan Jamal João Jonas
    Kenji Kofi Kwame Lars Leandro Luca Mateus Mateo Milan Minjun Murilo Nico Oliver Omar Otávio Pablo
    Pavel Rafael Ravi Rui Samir Sami Tariq Thiago Tomás Viktor Wesley Yusuf`,
  ),
} as const;

/** No two players of a match have the same family name, so a phrase can name a player by it alone. */
export const FAMILY_NAMES = words(
  `Abara Acosta Adeyemi Aguiar Ajayi Almeida Andrade Antunes Aoki Arslan Azevedo Bakari Barreto
  Bastos Becker Benítez Bianchi Borges Braga Brandt Bueno Camargo Campos Cardoso Carneiro Castro
  Chaves Chen Conti Correia Costa Coutinho Dahl Danjuma Demir Dias Diallo Doğan Duarte Dutra Eriksen
  Esteves Farias Faye Ferraz Figueira Fonseca Fontes Franco Freitas Galvão Garrido Gomes Gupta Haddad
  Hansen Herrera Horvat Ibe Ito Jansen Jovanović Kaplan Kaur Keita Khan Kimura Klein Kovač Kruger
  Lacerda Larsen Leal Lemos Lima Lindqvist Lopes Macedo Machado Mahmoud Mansour Marchetti Mbeki Meira
  Mendes Mensah Meyer Mohr Monteiro Moraes Moreno Mori Moura Müller Nakata Navarro Ndiaye Neves
  Nogueira Novak Nunes Okafor Okoye Oliveira Ortega Osei Otero Pacheco Park Peixoto Petrov Pires
  Prado Quintero Rahman Ramos Rangel Reis Rinaldi Rocha Rossi Saar Sabino Salgado Sampaio Sarr Sato
  Schmid Seixas Serrano Silveira Soares Sørensen Tanaka Tavares Teixeira Torres Traoré Uchoa Valadares
  Vargas Vasques Velasco Vidal Vieira Virtanen Wagner Weber Xavier Yamada Yılmaz Zanetti Zorzi`,
);

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
