/** Common English words, about as often as in text: the n-th most frequent with a probability near 1/n. */
const words = (
  'the of and to a in is you that it he was for on are as with his they at be this have from or one had by ' +
  'word but not what all were we when your can said there use an each which she do how their if will up other ' +
  'about out many then them these so some her would make like him into time has look two more write go see ' +
  'number no way could people my than first water been call who oil its now find long down day did get come ' +
  'made may part over new sound take only little work know place year live me back give most very after thing ' +
  'our just name good sentence man think say great where help through much before line right too mean old any'
).split(' ')

const logSize = Math.log(words.length + 1)

/** @param share uniform over [0, 1) */
export function wordAt(share: number): string {
  return words[Math.floor(Math.exp(share * logSize)) - 1] ?? words[0]!
}
