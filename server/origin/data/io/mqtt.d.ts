import type { Duplex } from "node:stream";

/** What of the package mqtt is needed here; its own types would bring those of Node. */
export interface ConnectOptions {
  readonly username?: string;
  readonly password?: string;
  readonly reconnectPeriod?: number;
  readonly connectTimeout?: number;
  readonly keepalive?: number;
}

export interface MqttClient {
  on(event: "connect" | "close", listener: () => void): void;
  on(event: "message", listener: (topic: string, payload: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error & { readonly code?: unknown }) => void): void;
  subscribe(
    topic: string,
    onAnswer: (
      error: Error | null,
      granted?: readonly { readonly topic: string; readonly qos: number }[],
    ) => void,
  ): void;
  publish(topic: string, payload: string): void;
  endAsync(force: boolean): Promise<void>;
}

declare const mqtt: {
  readonly MqttClient: new (open: () => Duplex, options: ConnectOptions) => MqttClient;
  connectAsync(url: string): Promise<MqttClient>;
};
export default mqtt;
