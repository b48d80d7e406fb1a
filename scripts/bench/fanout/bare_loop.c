/*
 * The least that a fan-out costs on this machine: the same bytes to each address of the file ADDRESSES, by
 * sendmmsg, ROUNDS times, one every PERIOD microseconds. Prints copies and nanoseconds of processor time.
 *
 *     bare_loop ADDRESSES BYTES ROUNDS PERIOD
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define MOST_ADDRESSES 65536
#define MOST_AT_ONCE 1024

static struct sockaddr_in addresses[MOST_ADDRESSES];
static struct mmsghdr messages[MOST_ADDRESSES];

static int read_addresses(const char *path) {
  FILE *file = fopen(path, "r");
  char host[64];
  int count = 0, port;
  while (file && count < MOST_ADDRESSES && fscanf(file, " %63[^:]:%d", host, &port) == 2) {
    addresses[count].sin_family = AF_INET;
    addresses[count].sin_port = htons(port);
    addresses[count].sin_addr.s_addr = inet_addr(host);
    count++;
  }
  return count;
}

static long long cpu_nanos(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1000000000LL + used.tv_nsec;
}

static long send_to_all(int socket, int count) {
  long sent = 0;
  for (int next = 0; next < count;) {
    int most = count - next < MOST_AT_ONCE ? count - next : MOST_AT_ONCE;
    int accepted = sendmmsg(socket, messages + next, most, MSG_DONTWAIT);
    if (accepted > 0) sent += accepted;
    next += accepted > 0 ? accepted : 1;
  }
  return sent;
}

static void sleep_until_next(struct timespec *due, long micros) {
  due->tv_nsec += micros * 1000;
  while (due->tv_nsec >= 1000000000L) {
    due->tv_nsec -= 1000000000L;
    due->tv_sec++;
  }
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int count = read_addresses(argv[1]), rounds = atoi(argv[3]);
  struct iovec bytes = {calloc(1, 65536), atoi(argv[2])};
  for (int index = 0; index < count; index++) {
    struct msghdr header = {.msg_name = &addresses[index], .msg_namelen = sizeof addresses[index],
                            .msg_iov = &bytes, .msg_iovlen = 1};
    messages[index].msg_hdr = header;
  }
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  long sent = 0;
  long long before = cpu_nanos();
  for (int round = 0; round < rounds; round++) {
    ((char *)bytes.iov_base)[1] = (char)round;
    sent += send_to_all(descriptor, count);
    sleep_until_next(&due, atol(argv[4]));
  }
  printf("{\"sent\": %ld, \"cpuNanos\": %lld}\n", sent, cpu_nanos() - before);
  return 0;
}
