/* Ends at once: what a program costs that does nothing. Linked statically. */
int main(void) {
    return 0;
}
