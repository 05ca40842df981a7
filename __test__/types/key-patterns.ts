// Items of which some are typed by patterns of their keys.

export interface User {
  name: string;
}

export interface Items {
  counter: number;
  note?: string;
  'user:root': User;
  [user: `user:${number}`]: User;
  [score: `score:${string}`]: number;
}
