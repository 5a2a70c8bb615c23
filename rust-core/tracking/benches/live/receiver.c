// A plain blocking UDP receiver: the least a C program does between the wire and a readable number.
// Usage: receiver COUNT. Prints its port, then, when COUNT packets came or none for a second, one line each:
// the packet's number (24 bits at offset 11) and the moment it was readable, ns of CLOCK_MONOTONIC. The line before
// those: "cpu", and how much of a core it used between the first and the last packet, in millionths.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned newest;

static long long nanos(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 1000, got = 0;
  long long *when = malloc(sizeof *when * count);
  unsigned *which = malloc(sizeof *which * count);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  if (!when || !which || s < 0 || bind(s, (struct sockaddr *)&at, sizeof at)) return 1;
  int room = 4 << 20;  // as ours asks for: a full socket drops
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  getsockname(s, (struct sockaddr *)&at, &length);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  unsigned char packet[2048];
  struct timeval patience = {.tv_sec = 1};
  long long used = 0, begun = 0;
  while (got < count) {
    ssize_t n = recv(s, packet, sizeof packet, 0);
    if (n < 0) break;
    if (!got) setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (n < 29) continue;
    newest = packet[11] << 16 | packet[12] << 8 | packet[13];
    when[got] = nanos(CLOCK_MONOTONIC);
    which[got] = newest;
    if (!got++) {
      begun = when[0];
      used = nanos(CLOCK_THREAD_CPUTIME_ID);
    }
  }
  used = nanos(CLOCK_THREAD_CPUTIME_ID) - used;
  if (got > 1) printf("cpu %lld\n", used * 1000000 / (when[got - 1] - begun));
  for (long i = 0; i < got; i++) printf("%u %lld\n", which[i], when[i]);
  return 0;
}
