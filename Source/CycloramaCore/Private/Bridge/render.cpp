// Written by `cargo xtask bridge`; change ue-plugin/bridge instead.
#include "Bridge/status.h"
#include "Bridge/work.h"
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if __cplusplus >= 201703L
#include <string_view>
#endif
#if __cplusplus >= 202002L
#include <ranges>
#endif

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wmissing-declarations"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
#endif // __clang__
#endif // __GNUC__

namespace rust {
inline namespace cxxbridge1 {
// #include "rust/cxx.h"

#ifndef CXXBRIDGE1_PANIC
#define CXXBRIDGE1_PANIC
template <typename Exception>
void panic [[noreturn]] (const char *msg);
#endif // CXXBRIDGE1_PANIC

struct unsafe_bitcopy_t;

namespace {
template <typename T>
class impl;
} // namespace

template <typename T>
::std::size_t size_of();
template <typename T>
::std::size_t align_of();

#ifndef CXXBRIDGE1_RUST_STRING
#define CXXBRIDGE1_RUST_STRING
class String final {
public:
  String() noexcept;
  String(const String &) noexcept;
  String(String &&) noexcept;
  ~String() noexcept;

  String(const std::string &);
  String(const char *);
  String(const char *, std::size_t);
  String(const char16_t *);
  String(const char16_t *, std::size_t);
#ifdef __cpp_char8_t
  String(const char8_t *s);
  String(const char8_t *s, std::size_t len);
#endif

  static String lossy(const std::string &) noexcept;
  static String lossy(const char *) noexcept;
  static String lossy(const char *, std::size_t) noexcept;
  static String lossy(const char16_t *) noexcept;
  static String lossy(const char16_t *, std::size_t) noexcept;

  String &operator=(const String &) & noexcept;
  String &operator=(String &&) & noexcept;

  explicit operator std::string() const;

  const char *data() const noexcept;
  char *data() noexcept;

  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  const char *c_str() noexcept;

  std::size_t capacity() const noexcept;
  void reserve(size_t new_cap) noexcept;

  using iterator = char *;
  iterator begin() noexcept;
  iterator end() noexcept;

  using const_iterator = const char *;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  const_iterator cbegin() const noexcept;
  const_iterator cend() const noexcept;

  bool operator==(const String &) const noexcept;
  bool operator!=(const String &) const noexcept;
  bool operator<(const String &) const noexcept;
  bool operator<=(const String &) const noexcept;
  bool operator>(const String &) const noexcept;
  bool operator>=(const String &) const noexcept;

  void swap(String &) noexcept;

  String(unsafe_bitcopy_t, const String &) noexcept;

private:
  struct lossy_t;
  String(lossy_t, const char *, std::size_t) noexcept;
  String(lossy_t, const char16_t *, std::size_t) noexcept;
  friend void swap(String &lhs, String &rhs) noexcept { lhs.swap(rhs); }

  std::array<std::uintptr_t, 3> repr;
};
#endif // CXXBRIDGE1_RUST_STRING

#ifndef CXXBRIDGE1_RUST_STR
#define CXXBRIDGE1_RUST_STR
class Str final {
public:
  Str() noexcept;
  Str(const String &) noexcept;
  Str(const std::string &);
  Str(const char *);
  Str(const char *, std::size_t);

  Str &operator=(const Str &) & noexcept = default;

  explicit operator std::string() const;
#if __cplusplus >= 201703L
  explicit operator std::string_view() const;
#endif

  const char *data() const noexcept;
  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  Str(const Str &) noexcept = default;
  ~Str() noexcept = default;

  using iterator = const char *;
  using const_iterator = const char *;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  const_iterator cbegin() const noexcept;
  const_iterator cend() const noexcept;

  bool operator==(const Str &) const noexcept;
  bool operator!=(const Str &) const noexcept;
  bool operator<(const Str &) const noexcept;
  bool operator<=(const Str &) const noexcept;
  bool operator>(const Str &) const noexcept;
  bool operator>=(const Str &) const noexcept;

  void swap(Str &) noexcept;

private:
  class uninit;
  Str(uninit) noexcept;
  friend impl<Str>;

  std::array<std::uintptr_t, 2> repr;
};
#endif // CXXBRIDGE1_RUST_STR

#ifndef CXXBRIDGE1_RUST_SLICE
#define CXXBRIDGE1_RUST_SLICE
namespace detail {
template <bool>
struct copy_assignable_if {};

template <>
struct copy_assignable_if<false> {
  copy_assignable_if() noexcept = default;
  copy_assignable_if(const copy_assignable_if &) noexcept = default;
  copy_assignable_if &operator=(const copy_assignable_if &) & noexcept = delete;
  copy_assignable_if &operator=(copy_assignable_if &&) & noexcept = default;
};
} // namespace detail

template <typename T>
class Slice final
    : private detail::copy_assignable_if<std::is_const<T>::value> {
public:
  using value_type = T;

  Slice() noexcept;
  Slice(T *, std::size_t count) noexcept;

  template <typename C>
  explicit Slice(C &c) : Slice(c.data(), c.size()) {}

  Slice &operator=(const Slice<T> &) & noexcept = default;
  Slice &operator=(Slice<T> &&) & noexcept = default;

  T *data() const noexcept;
  std::size_t size() const noexcept;
  std::size_t length() const noexcept;
  bool empty() const noexcept;

  T &operator[](std::size_t n) const noexcept;
  T &at(std::size_t n) const;
  T &front() const noexcept;
  T &back() const noexcept;

  Slice(const Slice<T> &) noexcept = default;
  ~Slice() noexcept = default;

  class iterator;
  iterator begin() const noexcept;
  iterator end() const noexcept;

  void swap(Slice &) noexcept;

private:
  class uninit;
  Slice(uninit) noexcept;
  friend impl<Slice>;
  friend void sliceInit(void *, const void *, std::size_t) noexcept;
  friend void *slicePtr(const void *) noexcept;
  friend std::size_t sliceLen(const void *) noexcept;

  std::array<std::uintptr_t, 2> repr;
};

#ifdef __cpp_deduction_guides
template <typename C>
explicit Slice(C &c)
    -> Slice<std::remove_reference_t<decltype(*std::declval<C>().data())>>;
#endif // __cpp_deduction_guides

template <typename T>
class Slice<T>::iterator final {
public:
#if __cplusplus >= 202002L
  using iterator_category = std::contiguous_iterator_tag;
#else
  using iterator_category = std::random_access_iterator_tag;
#endif
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = typename std::add_pointer<T>::type;
  using reference = typename std::add_lvalue_reference<T>::type;

  reference operator*() const noexcept;
  pointer operator->() const noexcept;
  reference operator[](difference_type) const noexcept;

  iterator &operator++() noexcept;
  iterator operator++(int) noexcept;
  iterator &operator--() noexcept;
  iterator operator--(int) noexcept;

  iterator &operator+=(difference_type) noexcept;
  iterator &operator-=(difference_type) noexcept;
  iterator operator+(difference_type) const noexcept;
  friend inline iterator operator+(difference_type lhs, iterator rhs) noexcept {
    return rhs + lhs;
  }
  iterator operator-(difference_type) const noexcept;
  difference_type operator-(const iterator &) const noexcept;

  bool operator==(const iterator &) const noexcept;
  bool operator!=(const iterator &) const noexcept;
  bool operator<(const iterator &) const noexcept;
  bool operator<=(const iterator &) const noexcept;
  bool operator>(const iterator &) const noexcept;
  bool operator>=(const iterator &) const noexcept;

private:
  friend class Slice;
  void *pos;
  std::size_t stride;
};

template <typename T>
Slice<T>::Slice() noexcept {
  sliceInit(this, reinterpret_cast<void *>(align_of<T>()), 0);
}

template <typename T>
Slice<T>::Slice(T *s, std::size_t count) noexcept {
  assert(s != nullptr || count == 0);
  sliceInit(this,
            s == nullptr && count == 0
                ? reinterpret_cast<void *>(align_of<T>())
                : const_cast<typename std::remove_const<T>::type *>(s),
            count);
}

template <typename T>
T *Slice<T>::data() const noexcept {
  return reinterpret_cast<T *>(slicePtr(this));
}

template <typename T>
std::size_t Slice<T>::size() const noexcept {
  return sliceLen(this);
}

template <typename T>
std::size_t Slice<T>::length() const noexcept {
  return this->size();
}

template <typename T>
bool Slice<T>::empty() const noexcept {
  return this->size() == 0;
}

template <typename T>
T &Slice<T>::operator[](std::size_t n) const noexcept {
  assert(n < this->size());
  auto ptr = static_cast<char *>(slicePtr(this)) + size_of<T>() * n;
  return *reinterpret_cast<T *>(ptr);
}

template <typename T>
T &Slice<T>::at(std::size_t n) const {
  if (n >= this->size()) {
    panic<std::out_of_range>("rust::Slice index out of range");
  }
  return (*this)[n];
}

template <typename T>
T &Slice<T>::front() const noexcept {
  assert(!this->empty());
  return (*this)[0];
}

template <typename T>
T &Slice<T>::back() const noexcept {
  assert(!this->empty());
  return (*this)[this->size() - 1];
}

template <typename T>
typename Slice<T>::iterator::reference
Slice<T>::iterator::operator*() const noexcept {
  return *static_cast<T *>(this->pos);
}

template <typename T>
typename Slice<T>::iterator::pointer
Slice<T>::iterator::operator->() const noexcept {
  return static_cast<T *>(this->pos);
}

template <typename T>
typename Slice<T>::iterator::reference Slice<T>::iterator::operator[](
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ptr = static_cast<char *>(this->pos) + this->stride * n;
  return *reinterpret_cast<T *>(ptr);
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator++() noexcept {
  this->pos = static_cast<char *>(this->pos) + this->stride;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator++(int) noexcept {
  auto ret = iterator(*this);
  this->pos = static_cast<char *>(this->pos) + this->stride;
  return ret;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator--() noexcept {
  this->pos = static_cast<char *>(this->pos) - this->stride;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator--(int) noexcept {
  auto ret = iterator(*this);
  this->pos = static_cast<char *>(this->pos) - this->stride;
  return ret;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator+=(
    typename Slice<T>::iterator::difference_type n) noexcept {
  this->pos = static_cast<char *>(this->pos) + this->stride * n;
  return *this;
}

template <typename T>
typename Slice<T>::iterator &Slice<T>::iterator::operator-=(
    typename Slice<T>::iterator::difference_type n) noexcept {
  this->pos = static_cast<char *>(this->pos) - this->stride * n;
  return *this;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator+(
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ret = iterator(*this);
  ret.pos = static_cast<char *>(this->pos) + this->stride * n;
  return ret;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::iterator::operator-(
    typename Slice<T>::iterator::difference_type n) const noexcept {
  auto ret = iterator(*this);
  ret.pos = static_cast<char *>(this->pos) - this->stride * n;
  return ret;
}

template <typename T>
typename Slice<T>::iterator::difference_type
Slice<T>::iterator::operator-(const iterator &other) const noexcept {
  auto diff = std::distance(static_cast<char *>(other.pos),
                            static_cast<char *>(this->pos));
  return diff / static_cast<typename Slice<T>::iterator::difference_type>(
                    this->stride);
}

template <typename T>
bool Slice<T>::iterator::operator==(const iterator &other) const noexcept {
  return this->pos == other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator!=(const iterator &other) const noexcept {
  return this->pos != other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator<(const iterator &other) const noexcept {
  return this->pos < other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator<=(const iterator &other) const noexcept {
  return this->pos <= other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator>(const iterator &other) const noexcept {
  return this->pos > other.pos;
}

template <typename T>
bool Slice<T>::iterator::operator>=(const iterator &other) const noexcept {
  return this->pos >= other.pos;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::begin() const noexcept {
  iterator it;
  it.pos = slicePtr(this);
  it.stride = size_of<T>();
  return it;
}

template <typename T>
typename Slice<T>::iterator Slice<T>::end() const noexcept {
  iterator it = this->begin();
  it.pos = static_cast<char *>(it.pos) + it.stride * this->size();
  return it;
}

template <typename T>
void Slice<T>::swap(Slice &rhs) noexcept {
  std::swap(*this, rhs);
}
#endif // CXXBRIDGE1_RUST_SLICE

#ifndef CXXBRIDGE1_RUST_BOX
#define CXXBRIDGE1_RUST_BOX
template <typename T>
class Box final {
public:
  using element_type = T;
  using const_pointer =
      typename std::add_pointer<typename std::add_const<T>::type>::type;
  using pointer = typename std::add_pointer<T>::type;

  Box() = delete;
  Box(Box &&) noexcept;
  ~Box() noexcept;

  explicit Box(const T &);
  explicit Box(T &&);

  Box &operator=(Box &&) & noexcept;

  const T *operator->() const noexcept;
  const T &operator*() const noexcept;
  T *operator->() noexcept;
  T &operator*() noexcept;

  template <typename... Fields>
  static Box in_place(Fields &&...);

  void swap(Box &) noexcept;

  static Box from_raw(T *) noexcept;

  T *into_raw() noexcept;

  /* Deprecated */ using value_type = element_type;

private:
  class uninit;
  class allocation;
  Box(uninit) noexcept;
  void drop() noexcept;

  friend void swap(Box &lhs, Box &rhs) noexcept { lhs.swap(rhs); }

  T *ptr;
};

template <typename T>
class Box<T>::uninit {};

template <typename T>
class Box<T>::allocation {
  static T *alloc() noexcept;
  static void dealloc(T *) noexcept;

public:
  allocation() noexcept : ptr(alloc()) {}
  ~allocation() noexcept {
    if (this->ptr) {
      dealloc(this->ptr);
    }
  }
  T *ptr;
};

template <typename T>
Box<T>::Box(Box &&other) noexcept : ptr(other.ptr) {
  other.ptr = nullptr;
}

template <typename T>
Box<T>::Box(const T &val) {
  allocation alloc;
  ::new (alloc.ptr) T(val);
  this->ptr = alloc.ptr;
  alloc.ptr = nullptr;
}

template <typename T>
Box<T>::Box(T &&val) {
  allocation alloc;
  ::new (alloc.ptr) T(std::move(val));
  this->ptr = alloc.ptr;
  alloc.ptr = nullptr;
}

template <typename T>
Box<T>::~Box() noexcept {
  if (this->ptr) {
    this->drop();
  }
}

template <typename T>
Box<T> &Box<T>::operator=(Box &&other) & noexcept {
  if (this->ptr) {
    this->drop();
  }
  this->ptr = other.ptr;
  other.ptr = nullptr;
  return *this;
}

template <typename T>
const T *Box<T>::operator->() const noexcept {
  return this->ptr;
}

template <typename T>
const T &Box<T>::operator*() const noexcept {
  return *this->ptr;
}

template <typename T>
T *Box<T>::operator->() noexcept {
  return this->ptr;
}

template <typename T>
T &Box<T>::operator*() noexcept {
  return *this->ptr;
}

template <typename T>
template <typename... Fields>
Box<T> Box<T>::in_place(Fields &&...fields) {
  allocation alloc;
  auto ptr = alloc.ptr;
  ::new (ptr) T{std::forward<Fields>(fields)...};
  alloc.ptr = nullptr;
  return from_raw(ptr);
}

template <typename T>
void Box<T>::swap(Box &rhs) noexcept {
  using std::swap;
  swap(this->ptr, rhs.ptr);
}

template <typename T>
Box<T> Box<T>::from_raw(T *raw) noexcept {
  Box box = uninit{};
  box.ptr = raw;
  return box;
}

template <typename T>
T *Box<T>::into_raw() noexcept {
  T *raw = this->ptr;
  this->ptr = nullptr;
  return raw;
}

template <typename T>
Box<T>::Box(uninit) noexcept {}
#endif // CXXBRIDGE1_RUST_BOX

#ifndef CXXBRIDGE1_RUST_BITCOPY_T
#define CXXBRIDGE1_RUST_BITCOPY_T
struct unsafe_bitcopy_t final {
  explicit unsafe_bitcopy_t() = default;
};
#endif // CXXBRIDGE1_RUST_BITCOPY_T

#ifndef CXXBRIDGE1_RUST_VEC
#define CXXBRIDGE1_RUST_VEC
template <typename T>
class Vec final {
public:
  using value_type = T;

  Vec() noexcept;
  Vec(std::initializer_list<T>);
  Vec(const Vec &);
  Vec(Vec &&) noexcept;
  ~Vec() noexcept;

  Vec &operator=(Vec &&) & noexcept;
  Vec &operator=(const Vec &) &;

  std::size_t size() const noexcept;
  bool empty() const noexcept;
  const T *data() const noexcept;
  T *data() noexcept;
  std::size_t capacity() const noexcept;

  const T &operator[](std::size_t n) const noexcept;
  const T &at(std::size_t n) const;
  const T &front() const noexcept;
  const T &back() const noexcept;

  T &operator[](std::size_t n) noexcept;
  T &at(std::size_t n);
  T &front() noexcept;
  T &back() noexcept;

  void reserve(std::size_t new_cap);
  void push_back(const T &value);
  void push_back(T &&value);
  template <typename... Args>
  void emplace_back(Args &&...args);
  void truncate(std::size_t len);
  void clear();

  using iterator = typename Slice<T>::iterator;
  iterator begin() noexcept;
  iterator end() noexcept;

  using const_iterator = typename Slice<const T>::iterator;
  const_iterator begin() const noexcept;
  const_iterator end() const noexcept;
  const_iterator cbegin() const noexcept;
  const_iterator cend() const noexcept;

  void swap(Vec &) noexcept;

  Vec(unsafe_bitcopy_t, const Vec &) noexcept;

private:
  void reserve_total(std::size_t new_cap) noexcept;
  void set_len(std::size_t len) noexcept;
  void drop() noexcept;

  friend void swap(Vec &lhs, Vec &rhs) noexcept { lhs.swap(rhs); }

  std::array<std::uintptr_t, 3> repr;
};

template <typename T>
Vec<T>::Vec(std::initializer_list<T> init) : Vec{} {
  this->reserve_total(init.size());
  std::move(init.begin(), init.end(), std::back_inserter(*this));
}

template <typename T>
Vec<T>::Vec(const Vec &other) : Vec() {
  this->reserve_total(other.size());
  std::copy(other.begin(), other.end(), std::back_inserter(*this));
}

template <typename T>
Vec<T>::Vec(Vec &&other) noexcept : repr(other.repr) {
  new (&other) Vec();
}

template <typename T>
Vec<T>::~Vec() noexcept {
  this->drop();
}

template <typename T>
Vec<T> &Vec<T>::operator=(Vec &&other) & noexcept {
  this->drop();
  this->repr = other.repr;
  new (&other) Vec();
  return *this;
}

template <typename T>
Vec<T> &Vec<T>::operator=(const Vec &other) & {
  if (this != &other) {
    this->drop();
    new (this) Vec(other);
  }
  return *this;
}

template <typename T>
bool Vec<T>::empty() const noexcept {
  return this->size() == 0;
}

template <typename T>
const T &Vec<T>::operator[](std::size_t n) const noexcept {
  assert(n < this->size());
  auto data = reinterpret_cast<const char *>(this->data());
  return *reinterpret_cast<const T *>(data + n * size_of<T>());
}

template <typename T>
const T &Vec<T>::at(std::size_t n) const {
  if (n >= this->size()) {
    panic<std::out_of_range>("rust::Vec index out of range");
  }
  return (*this)[n];
}

template <typename T>
const T &Vec<T>::front() const noexcept {
  assert(!this->empty());
  return (*this)[0];
}

template <typename T>
const T &Vec<T>::back() const noexcept {
  assert(!this->empty());
  return (*this)[this->size() - 1];
}

template <typename T>
T &Vec<T>::operator[](std::size_t n) noexcept {
  assert(n < this->size());
  auto data = reinterpret_cast<char *>(this->data());
  return *reinterpret_cast<T *>(data + n * size_of<T>());
}

template <typename T>
T &Vec<T>::at(std::size_t n) {
  if (n >= this->size()) {
    panic<std::out_of_range>("rust::Vec index out of range");
  }
  return (*this)[n];
}

template <typename T>
T &Vec<T>::front() noexcept {
  assert(!this->empty());
  return (*this)[0];
}

template <typename T>
T &Vec<T>::back() noexcept {
  assert(!this->empty());
  return (*this)[this->size() - 1];
}

template <typename T>
void Vec<T>::reserve(std::size_t new_cap) {
  this->reserve_total(new_cap);
}

template <typename T>
void Vec<T>::push_back(const T &value) {
  this->emplace_back(value);
}

template <typename T>
void Vec<T>::push_back(T &&value) {
  this->emplace_back(std::move(value));
}

template <typename T>
template <typename... Args>
void Vec<T>::emplace_back(Args &&...args) {
  auto size = this->size();
  this->reserve_total(size + 1);
  ::new (reinterpret_cast<T *>(reinterpret_cast<char *>(this->data()) +
                               size * size_of<T>()))
      T(std::forward<Args>(args)...);
  this->set_len(size + 1);
}

template <typename T>
void Vec<T>::clear() {
  this->truncate(0);
}

template <typename T>
typename Vec<T>::iterator Vec<T>::begin() noexcept {
  return Slice<T>(this->data(), this->size()).begin();
}

template <typename T>
typename Vec<T>::iterator Vec<T>::end() noexcept {
  return Slice<T>(this->data(), this->size()).end();
}

template <typename T>
typename Vec<T>::const_iterator Vec<T>::begin() const noexcept {
  return this->cbegin();
}

template <typename T>
typename Vec<T>::const_iterator Vec<T>::end() const noexcept {
  return this->cend();
}

template <typename T>
typename Vec<T>::const_iterator Vec<T>::cbegin() const noexcept {
  return Slice<const T>(this->data(), this->size()).begin();
}

template <typename T>
typename Vec<T>::const_iterator Vec<T>::cend() const noexcept {
  return Slice<const T>(this->data(), this->size()).end();
}

template <typename T>
void Vec<T>::swap(Vec &rhs) noexcept {
  using std::swap;
  swap(this->repr, rhs.repr);
}

template <typename T>
Vec<T>::Vec(unsafe_bitcopy_t, const Vec &bits) noexcept : repr(bits.repr) {}
#endif // CXXBRIDGE1_RUST_VEC

#ifndef CXXBRIDGE1_RUST_OPAQUE
#define CXXBRIDGE1_RUST_OPAQUE
class Opaque {
public:
  Opaque() = delete;
  Opaque(const Opaque &) = delete;
  ~Opaque() = delete;
};
#endif // CXXBRIDGE1_RUST_OPAQUE

#ifndef CXXBRIDGE1_IS_COMPLETE
#define CXXBRIDGE1_IS_COMPLETE
namespace detail {
namespace {
template <typename T, typename = std::size_t>
struct is_complete : std::false_type {};
template <typename T>
struct is_complete<T, decltype(sizeof(T))> : std::true_type {};
} // namespace
} // namespace detail
#endif // CXXBRIDGE1_IS_COMPLETE

#ifndef CXXBRIDGE1_LAYOUT
#define CXXBRIDGE1_LAYOUT
class layout {
  template <typename T>
  friend std::size_t size_of();
  template <typename T>
  friend std::size_t align_of();
  template <typename T>
  static typename std::enable_if<std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_size_of() {
    return T::layout::size();
  }
  template <typename T>
  static typename std::enable_if<!std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_size_of() {
    return sizeof(T);
  }
  template <typename T>
  static
      typename std::enable_if<detail::is_complete<T>::value, std::size_t>::type
      size_of() {
    return do_size_of<T>();
  }
  template <typename T>
  static typename std::enable_if<std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_align_of() {
    return T::layout::align();
  }
  template <typename T>
  static typename std::enable_if<!std::is_base_of<Opaque, T>::value,
                                 std::size_t>::type
  do_align_of() {
    return alignof(T);
  }
  template <typename T>
  static
      typename std::enable_if<detail::is_complete<T>::value, std::size_t>::type
      align_of() {
    return do_align_of<T>();
  }
};

template <typename T>
std::size_t size_of() {
  return layout::size_of<T>();
}

template <typename T>
std::size_t align_of() {
  return layout::align_of<T>();
}
#endif // CXXBRIDGE1_LAYOUT

#ifndef CXXBRIDGE1_RELOCATABLE
#define CXXBRIDGE1_RELOCATABLE
namespace detail {
template <typename... Ts>
struct make_void {
  using type = void;
};

template <typename... Ts>
using void_t = typename make_void<Ts...>::type;

template <typename Void, template <typename...> class, typename...>
struct detect : std::false_type {};
template <template <typename...> class T, typename... A>
struct detect<void_t<T<A...>>, T, A...> : std::true_type {};

template <template <typename...> class T, typename... A>
using is_detected = detect<void, T, A...>;

template <typename T>
using detect_IsRelocatable = typename T::IsRelocatable;

template <typename T>
struct get_IsRelocatable
    : std::is_same<typename T::IsRelocatable, std::true_type> {};
} // namespace detail

template <typename T>
struct IsRelocatable
    : std::conditional<
          detail::is_detected<detail::detect_IsRelocatable, T>::value,
          detail::get_IsRelocatable<T>,
          std::integral_constant<
              bool, std::is_trivially_move_constructible<T>::value &&
                        std::is_trivially_destructible<T>::value>>::type {};
#endif // CXXBRIDGE1_RELOCATABLE

namespace detail {
template <typename T, typename = void *>
struct operator_new {
  void *operator()(::std::size_t sz) { return ::operator new(sz); }
};

template <typename T>
struct operator_new<T, decltype(T::operator new(sizeof(T)))> {
  void *operator()(::std::size_t sz) { return T::operator new(sz); }
};
} // namespace detail

template <typename T>
union MaybeUninit {
  T value;
  void *operator new(::std::size_t sz) { return detail::operator_new<T>{}(sz); }
  MaybeUninit() {}
  ~MaybeUninit() {}
};
} // namespace cxxbridge1
} // namespace rust

#if __cplusplus >= 201402L
#define CXX_DEFAULT_VALUE(value) = value
#else
#define CXX_DEFAULT_VALUE(value)
#endif

namespace cyclorama {
  struct FrameSpan;
  struct SequenceFacts;
  struct PresetFacts;
  struct RenderConfig;
  struct HostTask;
  struct RenderWork;
  struct HostSession;
}

namespace cyclorama {
#ifndef CXXBRIDGE1_STRUCT_cyclorama$FrameSpan
#define CXXBRIDGE1_STRUCT_cyclorama$FrameSpan
// Frames, `end` not included.
struct FrameSpan final {
  // The first.
  ::std::int64_t first CXX_DEFAULT_VALUE(0);
  // The one after the last.
  ::std::int64_t end CXX_DEFAULT_VALUE(0);

  bool operator==(FrameSpan const &) const noexcept;
  bool operator!=(FrameSpan const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$FrameSpan

#ifndef CXXBRIDGE1_STRUCT_cyclorama$SequenceFacts
#define CXXBRIDGE1_STRUCT_cyclorama$SequenceFacts
// What a level sequence says of itself, in frames of its display rate.
struct SequenceFacts final {
  // It was there to be asked.
  bool known CXX_DEFAULT_VALUE(false);
  // Frames a second.
  ::std::uint32_t rate_numerator CXX_DEFAULT_VALUE(0);
  // As above.
  ::std::uint32_t rate_denominator CXX_DEFAULT_VALUE(0);
  // What it plays.
  ::cyclorama::FrameSpan plays;
  // Where it cuts to a camera.
  ::rust::Vec<::cyclorama::FrameSpan> cuts;

  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$SequenceFacts

#ifndef CXXBRIDGE1_STRUCT_cyclorama$PresetFacts
#define CXXBRIDGE1_STRUCT_cyclorama$PresetFacts
// What a preset says of itself, beside its size, frames and samples.
struct PresetFacts final {
  // It draws all that is around the camera.
  bool panorama CXX_DEFAULT_VALUE(false);
  // Why the engine could not evaluate it; nothing when it could, or was not asked.
  ::rust::String fault;

  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$PresetFacts

#ifndef CXXBRIDGE1_STRUCT_cyclorama$RenderConfig
#define CXXBRIDGE1_STRUCT_cyclorama$RenderConfig
// What to render, and on what. What is left empty or 0 is as the settings say.
struct RenderConfig final {
  // The take: a file, or a name in the takes folder.
  ::rust::String take;
  // USDA file of the scene, for hosts that draw one; nothing for the demo stage.
  ::rust::String scene;
  // builtin, blender or unreal; nothing for unreal.
  ::rust::String host;
  // Frames, both included, as in 0-47; nothing for what the sequence plays of the take, or all of it.
  ::rust::String frames;
  // Map of the project, as /Game/Maps/Stage.
  ::rust::String map;
  // Level sequence; its camera is the take's.
  ::rust::String sequence;
  // What that sequence says of itself.
  ::cyclorama::SequenceFacts played;
  // Preset of Movie Render Queue, or Movie Render Graph.
  ::rust::String preset;
  // What that preset says of itself.
  ::cyclorama::PresetFacts facts;
  // local, slurm, batch or deadline; nothing for local.
  ::rust::String engine;
  // What the farm is told, as --partition=gpu.
  ::rust::Vec<::rust::String> engine_options;
  // Store of the ledger; nothing for the setting, or a folder beside the take.
  ::rust::String ledger;
  // The `cyclorama` command, which workers are; nothing for the one in PATH.
  ::rust::String command;
  // What local workers start for the host unreal; nothing for the setting.
  ::rust::String unreal_program;
  // The project file they open; nothing for the setting.
  ::rust::String unreal_project;
  // Workers.
  ::std::uint32_t workers CXX_DEFAULT_VALUE(0);
  // Pixels.
  ::std::uint32_t width CXX_DEFAULT_VALUE(0);
  // Pixels.
  ::std::uint32_t height CXX_DEFAULT_VALUE(0);
  // Samples per pixel.
  ::std::uint32_t samples CXX_DEFAULT_VALUE(0);
  // What kind of file each frame is: exr or png; nothing for exr.
  ::rust::String frame_format;
  // What each frame's file holds beside the beauty: layers of the preset, or passes of the host, one name each.
  ::rust::Vec<::rust::String> passes;
  // Frames drawn and dropped ahead of each range.
  ::std::uint32_t walk_in CXX_DEFAULT_VALUE(0);
  // Seconds without a sign of life after which a worker's frames go to another; 0 for 10.
  ::std::uint32_t lease_s CXX_DEFAULT_VALUE(0);
  // Done once its workers were asked for: the job is theirs then.
  bool detach CXX_DEFAULT_VALUE(false);
  // Published version of the project that each machine brings to itself first, STORE or STORE@VERSION; nothing for none. Of it
  // only what map, sequence and preset need, and what is no package.
  ::rust::String project;
  // Published packs of derived data, brought likewise, as ddc=STORE@VERSION.
  ::rust::Vec<::rust::String> packs;
  // File with the key of these stores; nothing for stores without.
  ::rust::String key_file;
  // Go on where a ref is older than this machine has seen it, or is gone.
  bool accept_rollback CXX_DEFAULT_VALUE(false);

  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$RenderConfig

#ifndef CXXBRIDGE1_STRUCT_cyclorama$HostTask
#define CXXBRIDGE1_STRUCT_cyclorama$HostTask
// A range that an engine is to draw. Frames are those of the level sequence.
struct HostTask final {
  // Its number.
  ::std::uint64_t number CXX_DEFAULT_VALUE(0);
  // The first frame to draw; those before `first_frame` are dropped.
  ::std::int64_t drawn_from CXX_DEFAULT_VALUE(0);
  // The first frame to deliver.
  ::std::int64_t first_frame CXX_DEFAULT_VALUE(0);
  // The frame after the last: not drawn.
  ::std::int64_t end_frame CXX_DEFAULT_VALUE(0);
  // Pixels.
  ::std::uint32_t width CXX_DEFAULT_VALUE(0);
  // Pixels.
  ::std::uint32_t height CXX_DEFAULT_VALUE(0);
  // Samples per pixel.
  ::std::uint32_t samples CXX_DEFAULT_VALUE(0);
  // Map of the project.
  ::rust::String map;
  // Level sequence.
  ::rust::String sequence;
  // Preset of Movie Render Queue, or Movie Render Graph.
  ::rust::String preset;
  // Frames are wanted as PNG files, and not as EXR: what draws must write them.
  bool png CXX_DEFAULT_VALUE(false);
  // Where files go, one a frame.
  ::rust::String folder;
  // How they are named: {frame_number} stands for six digits.
  ::rust::String file_name;

  bool operator==(HostTask const &) const noexcept;
  bool operator!=(HostTask const &) const noexcept;
  using IsRelocatable = ::std::true_type;
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$HostTask

#ifndef CXXBRIDGE1_STRUCT_cyclorama$RenderWork
#define CXXBRIDGE1_STRUCT_cyclorama$RenderWork
// A plan, a job or a watch, as it goes on.
struct RenderWork final : public ::rust::Opaque {
  // How far it is; units are frames.
  ::cyclorama::Status render_poll(::cyclorama::WorkSnapshot &snapshot) const noexcept;

  // What it works on now, for people.
  ::rust::Vec<::rust::String> render_items() const noexcept;

  // Stops workers after the frame in flight, or the watching. Committed frames stay. A handle that is dropped, or an engine
  // that goes, stops workers of this machine alone: a farm goes on.
  ::cyclorama::Status render_cancel() const noexcept;

  // `Timeout` while it runs, `Ok` or `Partial` when it ended well, else why not.
  ::cyclorama::Status render_state() const noexcept;

  // As above, once it ended or the time ran out. Not for threads that may not wait.
  ::cyclorama::Status render_wait(::std::uint32_t timeout_us) const noexcept;

  // How it ended, in a sentence.
  ::rust::String render_text() const noexcept;

  // What belongs to that, line by line: the job and its ledger, frames that were given up.
  ::rust::Vec<::rust::String> render_lines() const noexcept;

  ~RenderWork() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$RenderWork

#ifndef CXXBRIDGE1_STRUCT_cyclorama$HostSession
#define CXXBRIDGE1_STRUCT_cyclorama$HostSession
// A conversation with a worker.
struct HostSession final : public ::rust::Opaque {
  // The next range to draw, once each. `Timeout` while there is none; `Cancelled` when the worker wants nothing
  // more; else why there is no worker.
  ::cyclorama::Status host_next(::cyclorama::HostTask &task) const noexcept;

  // The engine lives; call it every frame. True when the range is not wanted any more.
  bool host_beat(::std::uint64_t task) const noexcept;

  // The engine says that this file is whole.
  ::cyclorama::Status host_wrote(::rust::Str path) const noexcept;

  // Nothing more comes of this range: it is drawn, or it is not, with the reason.
  ::cyclorama::Status host_finished(::std::uint64_t task, bool success, ::rust::Str why) const noexcept;

  // How the conversation ended, in a sentence.
  ::rust::String host_text() const noexcept;

  ~HostSession() = delete;

private:
  friend ::rust::layout;
  struct layout {
    static ::std::size_t size() noexcept;
    static ::std::size_t align() noexcept;
  };
};
#endif // CXXBRIDGE1_STRUCT_cyclorama$HostSession
} // namespace cyclorama

static_assert(
    ::rust::IsRelocatable<::cyclorama::Status>::value,
    "type cyclorama::Status should be trivially move constructible and trivially destructible in C++ to be used as a return value of `render_poll`, `render_cancel`, `render_state` in Rust");

namespace cyclorama {
extern "C" {
bool cyclorama$cxxbridge1$205$FrameSpan$operator$eq(FrameSpan const &, FrameSpan const &) noexcept;
bool cyclorama$cxxbridge1$205$FrameSpan$operator$ne(FrameSpan const &, FrameSpan const &) noexcept;
bool cyclorama$cxxbridge1$205$HostTask$operator$eq(HostTask const &, HostTask const &) noexcept;
bool cyclorama$cxxbridge1$205$HostTask$operator$ne(HostTask const &, HostTask const &) noexcept;
::std::size_t cyclorama$cxxbridge1$205$RenderWork$operator$sizeof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$RenderWork$operator$alignof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$HostSession$operator$sizeof() noexcept;
::std::size_t cyclorama$cxxbridge1$205$HostSession$operator$alignof() noexcept;

::cyclorama::RenderWork *cyclorama$cxxbridge1$205$render_plan(::cyclorama::RenderConfig const &config) noexcept;

::cyclorama::RenderWork *cyclorama$cxxbridge1$205$render_submit(::cyclorama::RenderConfig const &config) noexcept;

::cyclorama::RenderWork *cyclorama$cxxbridge1$205$render_watch(::rust::Str ledger, ::rust::Str job) noexcept;

::cyclorama::RenderWork *cyclorama$cxxbridge1$205$render_withdraw(::rust::Str ledger, ::rust::Str job) noexcept;

void cyclorama$cxxbridge1$205$preset_unfit(::cyclorama::PresetFacts const &facts, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_poll(::cyclorama::RenderWork const &self, ::cyclorama::WorkSnapshot &snapshot, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_items(::cyclorama::RenderWork const &self, ::rust::Vec<::rust::String> *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_cancel(::cyclorama::RenderWork const &self, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_state(::cyclorama::RenderWork const &self, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_wait(::cyclorama::RenderWork const &self, ::std::uint32_t timeout_us, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_text(::cyclorama::RenderWork const &self, ::rust::String *return$) noexcept;

void cyclorama$cxxbridge1$205$RenderWork$render_lines(::cyclorama::RenderWork const &self, ::rust::Vec<::rust::String> *return$) noexcept;

::cyclorama::HostSession *cyclorama$cxxbridge1$205$host_connect(::rust::Str address, ::rust::Str software) noexcept;

void cyclorama$cxxbridge1$205$HostSession$host_next(::cyclorama::HostSession const &self, ::cyclorama::HostTask &task, ::cyclorama::Status *return$) noexcept;

bool cyclorama$cxxbridge1$205$HostSession$host_beat(::cyclorama::HostSession const &self, ::std::uint64_t task) noexcept;

void cyclorama$cxxbridge1$205$HostSession$host_wrote(::cyclorama::HostSession const &self, ::rust::Str path, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$HostSession$host_finished(::cyclorama::HostSession const &self, ::std::uint64_t task, bool success, ::rust::Str why, ::cyclorama::Status *return$) noexcept;

void cyclorama$cxxbridge1$205$HostSession$host_text(::cyclorama::HostSession const &self, ::rust::String *return$) noexcept;
} // extern "C"

bool FrameSpan::operator==(FrameSpan const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$FrameSpan$operator$eq(*this, rhs);
}

bool FrameSpan::operator!=(FrameSpan const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$FrameSpan$operator$ne(*this, rhs);
}

bool HostTask::operator==(HostTask const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$HostTask$operator$eq(*this, rhs);
}

bool HostTask::operator!=(HostTask const &rhs) const noexcept {
  return cyclorama$cxxbridge1$205$HostTask$operator$ne(*this, rhs);
}

::std::size_t RenderWork::layout::size() noexcept {
  return cyclorama$cxxbridge1$205$RenderWork$operator$sizeof();
}

::std::size_t RenderWork::layout::align() noexcept {
  return cyclorama$cxxbridge1$205$RenderWork$operator$alignof();
}

::std::size_t HostSession::layout::size() noexcept {
  return cyclorama$cxxbridge1$205$HostSession$operator$sizeof();
}

::std::size_t HostSession::layout::align() noexcept {
  return cyclorama$cxxbridge1$205$HostSession$operator$alignof();
}

// Begins to plan; the lines are the plan in words. Writes nothing.
::rust::Box<::cyclorama::RenderWork> render_plan(::cyclorama::RenderConfig const &config) noexcept {
  return ::rust::Box<::cyclorama::RenderWork>::from_raw(cyclorama$cxxbridge1$205$render_plan(config));
}

// Begins a job, or goes on with it: writes the plan to the ledger, and runs workers until it has settled.
::rust::Box<::cyclorama::RenderWork> render_submit(::cyclorama::RenderConfig const &config) noexcept {
  return ::rust::Box<::cyclorama::RenderWork>::from_raw(cyclorama$cxxbridge1$205$render_submit(config));
}

// Begins to watch a job, the newest when it is not named, until it has settled.
::rust::Box<::cyclorama::RenderWork> render_watch(::rust::Str ledger, ::rust::Str job) noexcept {
  return ::rust::Box<::cyclorama::RenderWork>::from_raw(cyclorama$cxxbridge1$205$render_watch(ledger, job));
}

// Begins to take a job back, the newest when it is not named: workers stop after the frame in flight, wherever they run.
::rust::Box<::cyclorama::RenderWork> render_withdraw(::rust::Str ledger, ::rust::Str job) noexcept {
  return ::rust::Box<::cyclorama::RenderWork>::from_raw(cyclorama$cxxbridge1$205$render_withdraw(ledger, job));
}

// Why a preset cannot draw a take, in a sentence; nothing when it can. Submitting asks it as well.
::rust::String preset_unfit(::cyclorama::PresetFacts const &facts) noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$preset_unfit(facts, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status RenderWork::render_poll(::cyclorama::WorkSnapshot &snapshot) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_poll(*this, snapshot, &return$.value);
  return ::std::move(return$.value);
}

::rust::Vec<::rust::String> RenderWork::render_items() const noexcept {
  ::rust::MaybeUninit<::rust::Vec<::rust::String>> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_items(*this, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status RenderWork::render_cancel() const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_cancel(*this, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status RenderWork::render_state() const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_state(*this, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status RenderWork::render_wait(::std::uint32_t timeout_us) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_wait(*this, timeout_us, &return$.value);
  return ::std::move(return$.value);
}

::rust::String RenderWork::render_text() const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_text(*this, &return$.value);
  return ::std::move(return$.value);
}

::rust::Vec<::rust::String> RenderWork::render_lines() const noexcept {
  ::rust::MaybeUninit<::rust::Vec<::rust::String>> return$;
  cyclorama$cxxbridge1$205$RenderWork$render_lines(*this, &return$.value);
  return ::std::move(return$.value);
}

// Connects to the worker that started this engine, at the address it gave. `software` is the engine's name
// and version.
::rust::Box<::cyclorama::HostSession> host_connect(::rust::Str address, ::rust::Str software) noexcept {
  return ::rust::Box<::cyclorama::HostSession>::from_raw(cyclorama$cxxbridge1$205$host_connect(address, software));
}

::cyclorama::Status HostSession::host_next(::cyclorama::HostTask &task) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$HostSession$host_next(*this, task, &return$.value);
  return ::std::move(return$.value);
}

bool HostSession::host_beat(::std::uint64_t task) const noexcept {
  return cyclorama$cxxbridge1$205$HostSession$host_beat(*this, task);
}

::cyclorama::Status HostSession::host_wrote(::rust::Str path) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$HostSession$host_wrote(*this, path, &return$.value);
  return ::std::move(return$.value);
}

::cyclorama::Status HostSession::host_finished(::std::uint64_t task, bool success, ::rust::Str why) const noexcept {
  ::rust::MaybeUninit<::cyclorama::Status> return$;
  cyclorama$cxxbridge1$205$HostSession$host_finished(*this, task, success, why, &return$.value);
  return ::std::move(return$.value);
}

::rust::String HostSession::host_text() const noexcept {
  ::rust::MaybeUninit<::rust::String> return$;
  cyclorama$cxxbridge1$205$HostSession$host_text(*this, &return$.value);
  return ::std::move(return$.value);
}
} // namespace cyclorama

extern "C" {
void cxxbridge1$rust_vec$cyclorama$FrameSpan$new(::rust::Vec<::cyclorama::FrameSpan> const *ptr) noexcept;
void cxxbridge1$rust_vec$cyclorama$FrameSpan$drop(::rust::Vec<::cyclorama::FrameSpan> *ptr) noexcept;
::std::size_t cxxbridge1$rust_vec$cyclorama$FrameSpan$len(::rust::Vec<::cyclorama::FrameSpan> const *ptr) noexcept;
::std::size_t cxxbridge1$rust_vec$cyclorama$FrameSpan$capacity(::rust::Vec<::cyclorama::FrameSpan> const *ptr) noexcept;
::cyclorama::FrameSpan const *cxxbridge1$rust_vec$cyclorama$FrameSpan$data_const(::rust::Vec<::cyclorama::FrameSpan> const *ptr) noexcept;
::cyclorama::FrameSpan *cxxbridge1$rust_vec$cyclorama$FrameSpan$data_mut(::rust::Vec<::cyclorama::FrameSpan> *ptr) noexcept;
void cxxbridge1$rust_vec$cyclorama$FrameSpan$reserve_total(::rust::Vec<::cyclorama::FrameSpan> *ptr, ::std::size_t new_cap) noexcept;
void cxxbridge1$rust_vec$cyclorama$FrameSpan$set_len(::rust::Vec<::cyclorama::FrameSpan> *ptr, ::std::size_t len) noexcept;
void cxxbridge1$rust_vec$cyclorama$FrameSpan$truncate(::rust::Vec<::cyclorama::FrameSpan> *ptr, ::std::size_t len) noexcept;

::cyclorama::RenderWork *cxxbridge1$box$cyclorama$RenderWork$alloc() noexcept;
void cxxbridge1$box$cyclorama$RenderWork$dealloc(::cyclorama::RenderWork *) noexcept;
void cxxbridge1$box$cyclorama$RenderWork$drop(::rust::Box<::cyclorama::RenderWork> *ptr) noexcept;

::cyclorama::HostSession *cxxbridge1$box$cyclorama$HostSession$alloc() noexcept;
void cxxbridge1$box$cyclorama$HostSession$dealloc(::cyclorama::HostSession *) noexcept;
void cxxbridge1$box$cyclorama$HostSession$drop(::rust::Box<::cyclorama::HostSession> *ptr) noexcept;
} // extern "C"

namespace rust {
inline namespace cxxbridge1 {
template <>
Vec<::cyclorama::FrameSpan>::Vec() noexcept {
  cxxbridge1$rust_vec$cyclorama$FrameSpan$new(this);
}
template <>
void Vec<::cyclorama::FrameSpan>::drop() noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$drop(this);
}
template <>
::std::size_t Vec<::cyclorama::FrameSpan>::size() const noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$len(this);
}
template <>
::std::size_t Vec<::cyclorama::FrameSpan>::capacity() const noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$capacity(this);
}
template <>
::cyclorama::FrameSpan const *Vec<::cyclorama::FrameSpan>::data() const noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$data_const(this);
}
template <>
::cyclorama::FrameSpan *Vec<::cyclorama::FrameSpan>::data() noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$data_mut(this);
}
template <>
void Vec<::cyclorama::FrameSpan>::reserve_total(::std::size_t new_cap) noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$reserve_total(this, new_cap);
}
template <>
void Vec<::cyclorama::FrameSpan>::set_len(::std::size_t len) noexcept {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$set_len(this, len);
}
template <>
void Vec<::cyclorama::FrameSpan>::truncate(::std::size_t len) {
  return cxxbridge1$rust_vec$cyclorama$FrameSpan$truncate(this, len);
}
template <>
::cyclorama::RenderWork *Box<::cyclorama::RenderWork>::allocation::alloc() noexcept {
  return cxxbridge1$box$cyclorama$RenderWork$alloc();
}
template <>
void Box<::cyclorama::RenderWork>::allocation::dealloc(::cyclorama::RenderWork *ptr) noexcept {
  cxxbridge1$box$cyclorama$RenderWork$dealloc(ptr);
}
template <>
void Box<::cyclorama::RenderWork>::drop() noexcept {
  cxxbridge1$box$cyclorama$RenderWork$drop(this);
}
template <>
::cyclorama::HostSession *Box<::cyclorama::HostSession>::allocation::alloc() noexcept {
  return cxxbridge1$box$cyclorama$HostSession$alloc();
}
template <>
void Box<::cyclorama::HostSession>::allocation::dealloc(::cyclorama::HostSession *ptr) noexcept {
  cxxbridge1$box$cyclorama$HostSession$dealloc(ptr);
}
template <>
void Box<::cyclorama::HostSession>::drop() noexcept {
  cxxbridge1$box$cyclorama$HostSession$drop(this);
}
} // namespace cxxbridge1
} // namespace rust
