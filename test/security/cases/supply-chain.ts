import { attack, type Subject } from '../case.ts';

export const supplyChain: Subject = {
  title: 'Supply chain',
  cases: [
    attack(
      'A package, or the Node that runs everything, with other bytes than the lockfile knows is not installed.',
      'house/lockfile: each package has a digest in the lockfile',
      'house/lockfile: is a package of the platform with a digest, and no script fetches it',
    ),
    attack(
      'A new package with an install script runs it only after its approval by name.',
      'house/lockfile: only scripts that are approved by name run at the install',
    ),
    attack(
      'A moved tag cannot change the base image: no image is built without a digest.',
      'house/image: starts from a base image by digest alone',
      'house/compose: the image is not built without the digest of its base',
    ),
    attack(
      'The image has neither the Prisma CLI nor other tools, and its list of parts names exactly its packages.',
      'house/image: has neither the Prisma CLI nor the packages for a platform',
      'house/lockfile: the list of parts (SBOM) has exactly the packages of the image',
    ),
    attack(
      'A package with a licence that is not permissive is refused, apart from named exceptions outside the image.',
      'house/licences: all are permissive, apart from the exceptions',
    ),
  ],
};
